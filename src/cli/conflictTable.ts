import type { Estimate } from "../core/clusteredBootstrap.ts";
import type { ConflictFlag } from "../core/conflictQuality.ts";
import type { ConflictFigures } from "../core/conflictSummary.ts";
import type { Inversion } from "../core/contextInversion.ts";
import { countOf } from "../figure/numberText.ts";
import { clipToCells, textCells } from "../figure/textCells.ts";
import { type ConflictReport, inversionOf, lossesOf, type ModelConflicts } from "./conflictReport.ts";
import { oneLine } from "./plainText.ts";

const labelCells = 34;
const nameCells = 24;
const figureCells = 25;

const flagWords: Readonly<Record<ConflictFlag, string>> = {
  "answer-not-in-context": "the context does not hold its answer",
  "memory-in-context": "the context holds the remembered answer too",
  "answers-overlap": "one answer holds the other",
  duplicate: "asked before",
};

/** The terminal's form: what was asked, then one model in detail or several as one line each, and whether they invert. */
export function* conflictTable(report: ConflictReport): Generator<string> {
  yield* questionLines(report);
  const [only] = report.models;
  if (only && report.models.length === 1) yield* modelLines(only);
  else yield* checkpointLines(report);
}

function* questionLines({ fileName, file, options }: ConflictReport): Generator<string> {
  const nOf = (kind: string) => file.items.filter(({ question }) => question.kind === kind).length;
  yield `${oneLine(fileName)}: ${countOf(nOf("conflict"), "conflict")}, ${nOf("contextual")} with an answer in the context only, ${nOf("recall")} without context\n`;
  for (const [flag, words] of Object.entries(flagWords)) {
    const lines = file.items.filter(({ flags }) => flags.includes(flag as ConflictFlag)).map(({ line }) => line);
    if (lines.length > 0) yield `  ${countOf(lines.length, "row")}: ${words} (${lineList(lines)})\n`;
  }
  if (options.indicator !== null) yield `  every question ends in ${oneLine(options.indicator)}\n`;
}

function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, 5).join(", ");
  return `line ${shown}${lines.length > 5 ? ", …" : ""}`;
}

function* modelLines(model: ModelConflicts): Generator<string> {
  const { conflict, contextual, recall } = model.summary;
  yield `\n${oneLine(model.identity.name)}, ${model.identity.dtype}, ${templateWords(model)}\n`;
  yield* lossLines(model);
  if (conflict.all.nItems > 0) {
    const groups = [conflict.all, conflict.probed, conflict.recalled];
    yield `\n${cells("Context against memory", labelCells)}${["all", "probed", "recalled"].map((name) => name.padStart(figureCells)).join("")}\n`;
    const line = (label: string, of: (figures: ConflictFigures) => string) =>
      `${cells(label, labelCells)}${groups.map((figures) => of(figures).padStart(figureCells)).join("")}\n`;
    yield line("items", ({ nItems }) => String(nItems));
    yield line("says the context's answer", ({ counterfactualAccuracy }) => shareOf(counterfactualAccuracy));
    yield line("says the remembered answer", ({ parametricAccuracy }) => shareOf(parametricAccuracy));
    yield line("says both / neither", ({ nBoth, nNeither }) => `${nBoth} / ${nNeither}`);
    yield line("M_C, whole answer", ({ contextPreference }) => plain(contextPreference));
    yield line("M_C, first token", ({ firstTokenContextPreference }) => plain(firstTokenContextPreference));
    yield line("attention on the context", ({ contextMass }) => shareOf(contextMass));
    yield "  probed: without context the remembered answer is the more probable one; recalled: it is said\n";
  }
  yield "\n";
  const single = (label: string, estimate: Estimate) =>
    estimate.nItems === 0
      ? ""
      : `${cells(label, labelCells)}${shareOf(estimate).padStart(figureCells)}  of ${estimate.nItems}\n`;
  yield single("Answers from the context", contextual.containingScore);
  yield single("  the same without the context", contextual.closedBookScore);
  yield single("Remembers, asked without context", recall.all);
}

function* lossLines(model: ModelConflicts): Generator<string> {
  const { nTooLong, nNotAsked, nCutOpen, nCutClosed } = lossesOf(model);
  if (nNotAsked > 0) yield `  ${countOf(nNotAsked, "row")} not asked, ${nTooLong} of them too long for the model\n`;
  if (nCutOpen + nCutClosed > 0)
    yield `  cut at their longest: ${nCutOpen} outputs with context, ${nCutClosed} without\n`;
}

/** One line per checkpoint. */
function* checkpointLines(report: ConflictReport): Generator<string> {
  const columns = ["context's answer", "remembered", "M_C", "probed", "attention", "contextual QA", "recall"];
  yield `\n${cells("checkpoint", nameCells)}${columns.map((name, idx) => name.padStart(idx === 0 ? 24 : 14)).join("")}\n`;
  const names = checkpointNames(report.models);
  for (const [idx, { summary, asked, ...model }] of report.models.entries()) {
    const { all, probed } = summary.conflict;
    const figures = [
      shareOf(all.counterfactualAccuracy).padStart(24),
      ...[percent(all.parametricAccuracy.mean), number(all.contextPreference.mean), String(probed.nItems)],
      ...[all.contextMass, summary.contextual.containingScore, summary.recall.all].map(({ mean }) => percent(mean)),
    ];
    const { nNotAsked, nCutOpen } = lossesOf({ summary, asked, ...model });
    const notes = [nNotAsked > 0 ? `${nNotAsked} not asked` : "", nCutOpen > 0 ? `${nCutOpen} cut` : ""];
    const note = notes.filter((each) => each !== "").join(", ");
    yield `${cells(names[idx] ?? "", nameCells)}${figures.map((each) => each.padStart(14)).join("")}${note && `  ${note}`}\n`;
  }
  yield* templateLines(report.models, names);
  const found = inversionOf(report);
  if (found === null) return;
  yield "\n";
  yield inversionLine("All conflicts", found.all, names);
  if (found.probedAtFirst) {
    yield inversionLine("Those that the first model remembers", found.probedAtFirst, names);
  }
}

/** Models that are asked in other words are not on one curve. */
function* templateLines(models: readonly ModelConflicts[], names: readonly string[]): Generator<string> {
  const templates = [...new Set(models.map(({ template, templateHash }) => `${template} ${templateHash}`))];
  if (templates.length < 2) return;
  const groups = templates.map((each) => {
    const members = names.filter((_, idx) => `${models[idx]?.template} ${models[idx]?.templateHash}` === each);
    return `${each.split(" ")[0]}: ${members.map(oneLine).join(", ")}`;
  });
  yield `\nNot all were asked through one template (${groups.join("; ")}). With --template plain all are asked alike.\n`;
}

function inversionLine(label: string, inversion: Inversion, names: readonly string[]): string {
  const { peakIdx, lastIdx, means, fall, isInversion, benchmarkChange, nItems } = inversion;
  const at = (idx: number) => `${percent(means[idx] ?? null)} at ${names[idx]}`;
  const interval = `${points(fall.low)} to ${points(fall.high)}`;
  const change =
    benchmarkChange === null
      ? ""
      : `; contextual QA meanwhile ${points(benchmarkChange.mean, true)} points (${points(benchmarkChange.low, true)} to ${points(benchmarkChange.high, true)})`;
  const verdict = isInversion ? "inversion" : "no inversion";
  const fallen = `a fall of ${points(fall.mean)} points (${interval})`;
  return `${label} (${nItems}): ${verdict}. Peak ${at(peakIdx)}, last ${at(lastIdx)}: ${fallen}${change}.\n`;
}

/** Folder names where they tell the models apart, otherwise what was typed. */
function checkpointNames(models: readonly ModelConflicts[]): string[] {
  const names = models.map(({ identity }) => identity.name);
  return new Set(names).size === names.length ? names : models.map(({ folder }) => folder);
}

function templateWords({ template }: ModelConflicts): string {
  if (template === "own") return "its own chat template";
  return template === "plain" ? "the plain template (Question: … Answer:)" : "no template";
}

/** Left-aligned in so many cells; of a long name the end, which tells checkpoints apart. */
function cells(text: string, nCells: number): string {
  const line = oneLine(text);
  const shown =
    textCells(line) < nCells
      ? text.startsWith("  ")
        ? `  ${line}`
        : line
      : clipToCells(line.slice(1 - nCells), nCells - 1);
  return shown + " ".repeat(Math.max(0, nCells - textCells(shown)));
}

function shareOf({ mean, low, high }: Estimate): string {
  return mean === null ? "–" : `${percent(mean)} [${points(low)}, ${points(high)}]`;
}

function plain({ mean, low, high }: Estimate): string {
  return mean === null ? "–" : `${number(mean)} [${number(low)}, ${number(high)}]`;
}

function percent(share: number | null): string {
  return share === null ? "–" : `${points(share)} %`;
}

/** A share in percent, or a difference of shares in points, with one decimal. */
function points(share: number | null, isSigned = false): string {
  if (share === null) return "–";
  const digits = (100 * Math.abs(share)).toFixed(1);
  const sign = Number(digits) === 0 ? "" : share < 0 ? "−" : isSigned ? "+" : "";
  return sign + digits;
}

function number(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}
