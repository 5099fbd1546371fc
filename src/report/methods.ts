import { formula as contextDependency } from "../core/contextDependency.ts";
import { formula as contextGain } from "../core/contextGain.ts";
import type { Formula } from "../core/formula.ts";
import { formula as gainPosition } from "../core/gainPosition.ts";
import { leakWarning } from "../core/leakWarning.ts";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import { formula as nonContextCritical } from "../core/nonContextCritical.ts";
import { formula as perplexity } from "../core/perplexity.ts";
import { sentence } from "../core/sentence.ts";
import { formula as verdict } from "../core/verdict.ts";
import { countText, shareText } from "../figure/numberText.ts";
import { verdictMeaning, verdictOrder } from "../figure/verdictMark.ts";
import type { Audit } from "./audit.ts";
import { type HtmlNode, html } from "./html.ts";

const dependencySource =
  "Wang et al., On the Loss of Context-awareness in General Instruction Fine-tuning (arXiv 2411.02688), Eq. 2 (the context-dependency score).";

const otherWords: readonly (readonly [string, string])[] = [
  ["flagged", "its closed-book perplexity is at or below the file's cut, whatever the verdict"],
  [
    "near a border",
    "the verdict changes when one threshold moves a step: quantile by 0.05, small gain by a factor of 2, early gain by 10 %",
  ],
  ["percentile", "share of the file's rows with a context that are at most as hard without it"],
];

const dependencyEquation: readonly [Formula, string] = [
  contextDependency,
  "the attention from a token of the answer on the user's words, in the head of one layer where it is largest, averaged over the answer's tokens",
];

const equations: readonly (readonly [Formula, string])[] = [
  [perplexity, "exp(−mean logProb of the target's tokens), open-book with the context, closed-book without it"],
  [contextGain, "open-book logProb − closed-book logProb of each target token, in nats; its mean is the row's gain"],
  [
    nonContextCritical,
    "flagged = closed-book perplexity at or below the cut; the cut is the ⌈q·n⌉-th smallest of the n rows with a context",
  ],
  [gainPosition, "t90 = the token at which 90 % of the positive gain is reached"],
  [verdict, "the first rule that holds: no-context, redundant, teacher-forced, context-critical, unhelpful"],
];

/** What the words mean, which model and formulas made the numbers, with which settings. */
export function methodsSection(audit: Audit): HtmlNode {
  const { model, dependency } = audit;
  const thresholds = audit.files[0]?.verdicts.thresholds;
  const settings: [string, string][] = [
    [
      "model",
      `${model.name}: ${model.dtype}, ${model.nLayers} layers, vocabulary ${countText(model.vocabSize)}, window ${countText(model.windowTokens)} tokens`,
    ],
    ["computed with", model.computation],
    ["model hash", model.modelHash],
    ["template hash", model.templateHash],
    ["quantile q", shareText(audit.files[0]?.verdicts.quantile ?? 0, 1)],
    ["small gain", thresholds ? `below ${thresholds.smallGain} nats per token` : "–"],
    ["early gain", thresholds ? `t90 within the first ${shareText(thresholds.t90Share, 1)} of the target` : "–"],
    ...(dependency
      ? [["context-dependency", `layer ${dependency.layerIdx}, threshold ${dependency.threshold}`] as [string, string]]
      : []),
    [
      "program",
      `context-reliance ${audit.programVersion}, ${new Date(audit.finishedAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`,
    ],
  ];
  return html(
    "section",
    { class: "methods", id: "methods" },
    html("h2", {}, "How to read this"),
    definitions([...verdictOrder.map((name) => [name, verdictMeaning[name]] as const), ...otherWords]),
    html("h3", {}, "Formulas"),
    definitions(
      [...equations, ...(dependency ? [dependencyEquation] : [])].map(([{ name, version }, text]) => [
        `${name} (version ${version})`,
        text,
      ]),
    ),
    html("h3", {}, "Model and settings"),
    definitions(settings),
    html("h3", {}, "Sources"),
    html(
      "p",
      {},
      `Goyal et al., Context-Parametric Inversion, 3.3 and 3.4 (the cut and the classes). The verdicts and their thresholds are this program's own.${dependency ? ` ${dependencySource}` : ""}`,
    ),
  );
}

const limits: readonly string[] = [
  "Scores belong to the model that made them. A small model knows little by heart, so it under-flags: rows that it needs the context for may be plain knowledge to a larger one. Audit with the model you will train, or one near it.",
  "The cut is relative: it flags the same share of every file, also of one where every context matters. The gain, the verdict and the percentile say whether a flagged row is really redundant.",
  "A low closed-book perplexity means that the model finds the answer likely, not that the answer is true.",
  "Only a context in a field of its own is compared. A passage inside the instruction or the conversation is not looked for; such rows read no-context and are never flagged.",
];

/** What the numbers do not say. */
export function limitsSection(model: ModelIdentity): HtmlNode {
  const leak = leakWarning(model);
  const all = leak ? [sentence(leak.code, leak.data), ...limits] : limits;
  return html("section", {}, html("h2", {}, "Limits"), html("ul", {}, ...all.map((limit) => html("li", {}, limit))));
}

function definitions(pairs: readonly (readonly [string, string])[]): HtmlNode {
  return html("dl", {}, ...pairs.flatMap(([term, meaning]) => [html("dt", {}, term), html("dd", {}, meaning)]));
}
