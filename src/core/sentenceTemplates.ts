import { datasetSentenceTemplates } from "./datasetSentenceTemplates.ts";
import { hubSentenceTemplates } from "./hubSentenceTemplates.ts";
import { measureSentenceTemplates } from "./measureSentenceTemplates.ts";

/**
 * What each code means to the person who reads it: what happened, then what to do. Keyed by code, or by `code:reason`
 * (`code:expected` for JSON) where that fact deserves its own words. Of several templates the first whose `{name}` facts are all there is used, so
 * the most telling one stands first.
 */
export const sentenceTemplates: Readonly<Record<string, readonly string[]>> = {
  cancelled: ["Cancelled; the rows scored so far are kept."],

  "model/folder-missing": [
    "The model folder {folder} cannot be read ({reason}). Choose a folder that holds an ONNX model and its tokenizer.",
    "The model folder {folder} does not exist. Choose a folder that holds an ONNX model and its tokenizer.",
  ],
  "model/file-missing": [
    "The model in {folder} has no {file}. Copy that file from where the model came from, next to its other files.",
    "The model file {file} does not exist. Check the path, or download the model again.",
  ],
  "model/graph-missing": [
    "No ONNX graph of type {dtype} was found in {folder} (found: {found}). Export the model to ONNX, or name one of the graphs that are there.",
    "No ONNX graph was found in {folder}. Export the model to ONNX, or choose the folder that holds it.",
  ],
  "model/file-truncated": [
    "The model file {file} ends too early, at {sizeBytes}. It was probably not downloaded to the end: download it again.",
    "The model's graph file ends too early, at {sizeBytes}. It was probably not downloaded to the end: download it again.",
    "A model file ends too early. It was probably not downloaded to the end: download it again.",
  ],
  "model/file-corrupt:external-data": [
    "The entry of tensor {tensor} in the model's graph file does not say where its data is. Export or download the model again.",
  ],
  "model/file-corrupt": [
    "The model file {file} is not a valid ONNX file: its bytes contradict each other at byte {position}. Download it again.",
    "The model's graph file is not a valid ONNX file: its bytes contradict each other at byte {position}. Download it again.",
    "The model file {file} is damaged. Download it again.",
  ],
  "model/file-too-large": [
    "The model file {file} has {sizeBytes}, more than the {maxBytes} that such a file may have. Check that it is the right file.",
  ],
  "model/graph-over-limit": [
    "The model's graph file passes the limit {limit} of {allowed} at byte {position}, far above what exporters write. Check that it is the right file.",
  ],
  "model/file-unreadable": [
    "The model file {file} cannot be read ({reason}). Check that it exists and that you may read it.",
  ],
  "model/file-invalid": [
    "The model file {file} is not what it should be ({reason}). Download it again, or correct it.",
  ],
  "model/config-incomplete": [
    "The model's config.json does not say {field}, which is needed to measure the model. Add it as the model's publisher states it.",
  ],
  "model/tokenizer-missing": ["The model in {folder} has no tokenizer.json. Copy it from where the model came from."],
  "model/tokenizer-unsupported": [
    "The model's tokenizer cannot be used: {reason}. Choose a model with another tokenizer.",
    "The model's tokenizer cannot be used. Choose a model with another tokenizer.",
  ],
  "model/template-missing": [
    "The model in {folder} has no chat template. Add a chat_template.jinja to the folder, or use the plain template.",
    "The model has no chat template. Add a chat_template.jinja to its folder, or use the plain template.",
  ],
  "model/template-failed:syntax": ["The model's chat template has an error: {message}. Correct the template."],
  "model/template-failed:refused": [
    "The model's chat template refuses this conversation: {message}. Change the row's roles to what the template takes.",
  ],
  "model/template-failed:limit": [
    "The model's chat template was stopped because it works without end or writes too much: {message}. Check where the template comes from.",
  ],
  "model/template-failed": [
    "The model's chat template failed: {message}. Check the row's roles, or correct the template.",
    "The model's chat template failed. Check the row's roles, or correct the template.",
  ],
  "model/template-not-aligned:inspects-text": [
    "The model's chat template looks into the row's text, near “{near}”, and writes other things for other texts, so its tokens cannot be told apart by role. Choose a model with a plainer template.",
  ],
  "model/template-not-aligned:changed": [
    "The model's chat template changes the {part} text near “{near}”, so its tokens cannot be told apart by role. Remove what it changes, or choose another model.",
  ],
  "model/template-not-aligned:dropped": [
    "The model's chat template leaves the {part} text out, so the row cannot be scored as it is. Remove that turn, or choose another model.",
  ],
  "model/template-not-aligned:repeated": [
    "The model's chat template writes the {part} text more than once, near “{near}”, so its tokens cannot be told apart. Choose another model.",
  ],
  "model/template-not-aligned:order": [
    "The model's chat template writes the {part} text out of order, near “{near}”, so the target is not at the end. Choose another model.",
  ],
  "model/template-not-aligned": [
    "The model's chat template changes the row's text, so its tokens cannot be told apart by role ({reason}). Choose a model whose template keeps the text as it is.",
    "The model's chat template changes the row's text, so its tokens cannot be told apart by role. Choose a model whose template keeps the text as it is.",
  ],
  "model/unsupported-graph:no-graph": ["The model file holds no graph. Check that it is an ONNX model."],
  "model/unsupported-graph:no-logits": [
    "The model gives no logits, so it is not a language model that can be scored. Choose a decoder exported for text generation.",
  ],
  "model/unsupported-graph:no-token-input": [
    "The model takes no token ids, so it cannot be run by itself. Choose a decoder exported with its embeddings.",
  ],
  "model/unsupported-graph:packed-tokens": [
    "The model takes the tokens of all sequences in one row ({input}) and a paged cache, as servers run it. Export it with tokens by batch and position.",
  ],
  "model/unsupported-graph:opset": [
    "The model is written in ONNX operators of version {opset}; version {neededOpset} or later is needed. Export it again with a newer opset.",
  ],
  "model/unsupported-graph:branches": [
    "The model holds two decoders in one graph (node {node}). Export it without merging, as decoder_model.onnx or model.onnx.",
  ],
  "model/unsupported-graph:last-token-logits": [
    "The model gives logits for the last token only, so a target cannot be scored. Export it with logits for every position.",
  ],
  "model/unsupported-graph:head": [
    "The product that makes the model's logits was not found (operator {operator}). Choose a model exported by Optimum, torch or the ONNX Runtime GenAI builder.",
  ],
  "model/unsupported-graph:static-cache": [
    "The model's cache input {input} has a fixed length. Export the model with a cache of dynamic length, or without one.",
  ],
  "model/unsupported-graph:input": [
    "The model asks for the input {input}, whose meaning is unknown. Export the model for text generation alone.",
  ],
  "model/unsupported-graph:value-type": [
    "The type of the value {value} in the model cannot be told. Export the model with shape inference.",
  ],
  "model/unsupported-graph:no-attention": [
    "No attention of a known layout was found in the model, so attention cannot be shown; scores are not affected.",
  ],
  "model/unsupported-graph:attention-form": [
    "The model's attention {node} is fused in a form whose pattern cannot be read ({form}); scores are not affected. Export the model without fusing attention.",
  ],
  "model/unsupported-graph:bfloat16": [
    "The model computes in bfloat16, which ONNX Runtime cannot do on a processor. Export it in float32 or float16.",
  ],
  "model/unsupported-graph:layer": [
    "The model has no layer {layerIdx}; it has {nLayers}, counted from 0. Choose one of them.",
  ],
  "model/unsupported-graph:name-taken": [
    "The model file already holds a value named {name}, so it was instrumented before. Choose the original file.",
  ],
  "model/unsupported-graph": [
    "The model's graph cannot be measured ({reason}). Choose a decoder exported for text generation.",
    "The model's graph cannot be measured. Choose a decoder exported for text generation.",
  ],
  "model/external-data-escape": [
    "The model keeps the weights of {tensor} at {location}, outside its own folder; it was not loaded. Only use models from people you trust.",
    "The model refers to a file outside its own folder; it was not loaded. Only use models from people you trust.",
  ],
  "model/load-failed": [
    "ONNX Runtime could not load the model in {folder}: {message}. Check that its files are complete.",
    "ONNX Runtime could not load {file}: {message}. Check that the model's files are complete.",
    "ONNX Runtime could not load the model: {message}. Check that its files are complete.",
    "ONNX Runtime could not load the model: {reason}. Check that its files are complete.",
    "ONNX Runtime could not load the model. Check that its files are complete.",
  ],
  "model/not-causal": [
    "The model is quantised while it runs (dynamic int8), so later tokens change earlier scores. Use a float32, float16 or 4-bit export of it; or use it all the same, with a warning that says by how much: --allow-non-causal on the command line, contextReliance.model.allowNonCausal in the settings of VS Code.",
  ],
  "model/leak": [
    "The model {model} is not causal (dynamic int8): in a trial a later token moved an earlier log-probability by {leakNats} nats. Differences of that size mean nothing; use a float32, float16 or 4-bit export of it for scores to rely on.",
  ],

  "model/run-failed": [
    "ONNX Runtime failed while it ran {file}: {reason}. Score again; if it goes on, choose another export of the model.",
  ],
  "model/token-out-of-range": [
    "The tokenizer gives token {tokenId}, but {file} knows only {vocabSize} tokens. Use the tokenizer that belongs to the model.",
  ],
  "model/no-start-token": [
    "The model's tokenizer has no token that begins a text, so an answer cannot be scored alone and there is no IFD. Score without IFD, or choose another model.",
  ],

  "row/too-long": [
    "The row has {nTokens} tokens and the model reads {windowTokens}; it was not scored. Shorten the row or choose a model with a longer window.",
    "The row is longer than the model reads; it was not scored. Shorten it or choose a model with a longer window.",
  ],
  "row/no-target-tokens": ["The row's target has no tokens, so there is nothing to score. Fill in the answer."],
  "row/not-a-number": [
    "The model gives no number for this row (NaN), so it has no score. Check the model file, or choose another dtype of it.",
  ],
  "row/target-differs": [
    "The target becomes {nOpenTokens} tokens with the context and {nClosedTokens} without it, so the two cannot be compared; the row was not scored. Put a space or a line break between prompt and answer.",
    "The target becomes different tokens with and without the context, so the two cannot be compared; the row was not scored. Put a space or a line break between prompt and answer.",
  ],
  ...measureSentenceTemplates,

  ...datasetSentenceTemplates,

  ...hubSentenceTemplates,

  "store/unavailable": [
    "The stored scores in {file} were written by a newer version of this program (schema {schemaVersion}, this one knows {knownSchemaVersion}); they are left as they are and not used. Update the program.",
    "Scores are not kept: Node {nodeVersion} has no SQLite. Use Node 24 or later.",
    "Scores are not kept: {file} cannot be opened ({reason}). Check the path.",
    "Scores are not kept: their file cannot be opened. Check the path.",
  ],
  "store/foreign-file": ["Scores are not kept: {file} is a database of another program. Choose another path."],
  "store/corrupt": [
    "Scores are not kept: {file} is damaged or no database. Delete it; the scores in it will be computed again.",
  ],
  "store/locked": [
    "Some scores were not kept: {file} is in use by another program. They are computed again next time; close the other program if this goes on.",
  ],
  "store/read-only": [
    "Scores are not kept: {file} may not be written. Give yourself the right to write it and its folder.",
  ],
  "store/disk-full": ["Scores are not kept: the disk that holds {file} is full. Free some space."],

  "inference/process-exited": [
    "The process that runs the model ended ({reason}). Start again; if it goes on, choose a smaller model.",
    "The process that runs the model ended. Start again; if it goes on, choose a smaller model.",
  ],
  "inference/restarted": [
    "The process that runs the model ended and was started again; the remaining {nRemaining} rows go on. Nothing needs to be done.",
    "The process that runs the model ended and was started again. Nothing needs to be done.",
  ],

  "cli/file-missing": ["The file {file} does not exist. Check the path."],
  "cli/file-unreadable": ["The file {file} cannot be read ({reason}). Check that it exists and that you may read it."],
  "cli/not-written": ["{file} could not be written ({reason}). Choose another path with {option}."],
  "cli/writes-input": [
    "{file} is one of the files to be read and is never written. Choose another path with {option}.",
  ],
  "cli/input-changed": [
    "{file} was changed while it was scored, so its scores do not fit it any more. Run the same command again.",
  ],
  "cli/unexpected": [
    "Something went wrong that should not have: {reason}. Run the same command again; if it goes on, report it with this line.",
  ],
  "cli/nothing-to-ask": [
    "No row of {file} asks a question. Give rows question and answer, and context and memory_answer for a conflict.",
  ],
  "cli/usage": ["{message}. Run with --help to see what is possible."],
};
