import { roundedLeak } from "../core/leakWarning.ts";
import { sentence } from "../core/sentence.ts";
import { countText } from "../figure/numberText.ts";
import type { DescribedGraph, ModelDescription } from "../model/modelDescription.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { writeOutput } from "./output.ts";
import { oneLine } from "./plainText.ts";

export const modelFormats = ["table", "json"] as const;

export interface ModelCommandOptions {
  readonly format: (typeof modelFormats)[number];
}

/** `model DIR`: what a model is and what can be measured on it, without loading its weights. */
export async function modelCommand(
  folder: string | undefined,
  options: ModelCommandOptions,
  environment: Environment,
): Promise<ExitCode> {
  const description = await environment.describeModel(folder ?? environment.defaultModelFolder);
  const pieces =
    options.format === "json" ? [`${JSON.stringify(description, null, 1)}\n`] : descriptionLines(description);
  await writeOutput(pieces, undefined, environment.out);
  return exitCode.done;
}

function* descriptionLines(model: ModelDescription): Generator<string> {
  const facts: [string, string][] = [
    ["name", model.name],
    ["folder", model.folder],
    ["graph", model.graphFile],
    ...(model.graphs.length > 1 ? [["other graphs", model.graphs.slice(1).join(", ")] as [string, string]] : []),
    ["type", model.modelType],
    ["window", `${countText(model.windowTokens)} tokens`],
    ["vocabulary", `${countText(model.nTokenizerTokens)} tokens`],
    ["template", model.template],
    ["begins with", model.startToken ?? "no token"],
    ["hash", `${model.modelHash}${model.hashKind === "sampled" ? " (sampled)" : ""}`],
    ...(model.graph ? graphFacts(model.graph) : []),
    ["log-probs", logProbsText(model)],
  ];
  for (const [name, value] of facts) yield `${name.padEnd(14)}${oneLine(value)}\n`;
}

function graphFacts(graph: DescribedGraph): [string, string][] {
  const heads = graph.nHeads === null ? "" : `, ${graph.nHeads} heads`;
  const keyValueHeads = graph.nKeyValueHeads === null ? "" : ` (${graph.nKeyValueHeads} for keys and values)`;
  const kinds = [...new Set(graph.attention)].join(", ");
  return [
    ["weights", graph.dtype],
    ["layers", `${graph.nLayers}${heads}${keyValueHeads}`],
    [
      "attention",
      graph.attention.length === 0
        ? "of no known layout"
        : `${kinds}, in ${graph.attention.length} of ${graph.nLayers} layers`,
    ],
  ];
}

function logProbsText({ graph, unsupported }: ModelDescription): string {
  if (unsupported) return `cannot be measured: ${sentence(unsupported.code, unsupported.data)} (${unsupported.code})`;
  const leakNats = graph?.leakNats ?? null;
  return leakNats === null
    ? "can be measured, open-book and closed-book"
    : `with --allow-non-causal only: not causal, a later token moved an earlier one by ${roundedLeak(leakNats)} nats in a trial (model/not-causal)`;
}
