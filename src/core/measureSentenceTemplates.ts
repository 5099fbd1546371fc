/** What the codes of looks into a row mean; see `sentenceTemplates.ts`. */
export const measureSentenceTemplates: Readonly<Record<string, readonly string[]>> = {
  "measure/alpha-out-of-range": [
    "The steering strength alpha is {alpha}; it must be above 0 and at most 1, such as 0.95.",
  ],
  "measure/quantile-out-of-range": ["The quantile is {quantile}; it must be above 0 and at most 1, such as 0.25."],
  "measure/nothing-to-emphasise:context": [
    "The row has no context, so steering has nothing to point the model at. Steer towards the user's words, or choose a row with a context.",
  ],
  "measure/nothing-to-emphasise": [
    "The row has no words of the user, so steering has nothing to point the model at. Choose another row.",
  ],
  "measure/head-out-of-range": [
    "There is no head {headIdx} in layer {layerIdx}: the model has {nLayers} layers with attention and {nHeads} heads in each, counted from 0.",
  ],
  "measure/heads-unknown": [
    "Neither the model's graph nor its config.json says how many heads it has, so heads cannot be chosen. Steer all heads, or add num_attention_heads to config.json.",
  ],
  "measure/heads-differ": [
    "Layer {layerIdx} has other heads than the first layer, which has {nHeads}; they cannot be shown in one table. Look at one layer at a time.",
  ],
  "measure/pattern-too-large": [
    "The attention pattern of one layer has {patternBytes} at {nTokens} tokens, too much to show at once. Look at single tokens, or at a shorter row.",
  ],
  "measure/no-such-token": [
    "The prompt has {nTokens} tokens, counted from 0; there is no token {tokenIdx}. Choose one of them.",
  ],
  "measure/no-such-answer-token": [
    "The answer has {nTokens} tokens; there is no token {place}. Choose one of them, counted from 1.",
  ],
  "row/no-context": [
    "The row has no context, so there is nothing to compare with. Choose a row that has one, or mark it.",
  ],
  "row/no-prompt-tokens": [
    "Nothing stands before the row's target, so its first token cannot be predicted. Add an instruction.",
  ],
};
