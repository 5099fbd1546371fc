import { formula as answerContainment } from "../core/answerContainment.ts";
import { formula as ledger } from "../core/attentionLedger.ts";
import { formula as bootstrap, DEFAULT_LEVEL } from "../core/clusteredBootstrap.ts";
import type { ConflictMeasures, HeldAnswers } from "../core/conflictSummary.ts";
import { formula as containing, firstSentence } from "../core/containingScore.ts";
import { formula as inversion } from "../core/contextInversion.ts";
import { formula as conflict } from "../core/knowledgeConflict.ts";
import { answerText } from "../engine/conflictMeasures.ts";
import type { ConflictTemplate } from "../engine/conflictPrompt.ts";
import type { AskedBook, AskedItem } from "../engine/conflictRun.ts";
import { type ConflictReport, inversionOf, lossesOf, type ModelConflicts } from "./conflictReport.ts";

/** Rises with every change that a reader of the document would notice. */
const schema = { name: "context-reliance/conflict", version: 1 };

/**
 * The whole run as one JSON object: what it was made with, the questions, then each model with its summary and one entry
 * per question in their order. The fields are described in `docs/conflict.md`.
 */
export function* conflictJson(report: ConflictReport): Generator<string> {
  const { model: _model, out: _out, json: _json, ...options } = report.options;
  const head = {
    schema,
    program: { name: "context-reliance", version: report.programVersion },
    finishedAt: new Date(report.finishedAtMs).toISOString(),
    formulas: [conflict, answerContainment, containing, ledger, bootstrap, inversion],
    file: report.fileName,
    isComplete: report.isComplete,
    options: { ...options, level: DEFAULT_LEVEL },
    nUnreadable: report.file.nUnreadable,
    problems: report.file.problems.map(({ code, severity, data }) => ({ code, severity, data })),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  yield* list(report.file.items, ({ line, question, flags }) => ({ row: line, ...question, flags }));
  yield `],"models":[`;
  for (const [idx, model] of report.models.entries()) {
    if (idx > 0) yield ",";
    yield `\n${JSON.stringify(modelHead(model)).slice(0, -1)},"rows":[`;
    yield* list(model.asked, (asked, itemIdx) => {
      const measured = model.measures[itemIdx];
      return {
        row: report.file.items[itemIdx]?.line,
        kind: measured?.kind,
        ...rowJson(asked, measured, model.template),
      };
    });
    yield "]}";
  }
  yield `],"inversion":${JSON.stringify(inversionOf(report))}}\n`;
}

function modelHead(model: ModelConflicts): Record<string, unknown> {
  const { folder, identity, template, templateHash, durationMs, asked, summary } = model;
  return {
    folder,
    model: identity,
    template: { name: template, hash: templateHash },
    durationMs: Math.round(durationMs),
    nItems: asked.length,
    ...lossesOf(model),
    summary,
  };
}

function rowJson(
  { open, closed, contextMass, problems }: AskedItem,
  measured: ConflictMeasures | undefined,
  template: ConflictTemplate,
): Record<string, unknown> {
  return {
    open: open && bookJson(open, measured?.open ?? null, template),
    closed: closed && bookJson(closed, measured?.closed ?? null, template),
    sentenceHolds: heldName(measured?.openSentence ?? null),
    contextPreference: measured?.contextPreference,
    firstTokenContextPreference: measured?.firstTokenContextPreference,
    isProbed: measured?.isProbed,
    contextMass,
    problems: problems.map(({ code, data }) => ({ code, data })),
  };
}

function bookJson(book: AskedBook, held: HeldAnswers | null, template: ConflictTemplate): Record<string, unknown> {
  const { output, contextual, parametric, ...counts } = book;
  return {
    ...counts,
    output,
    sentence: firstSentence(answerText(output, template)),
    holds: heldName(held),
    contextualLogProb: contextual,
    parametricLogProb: parametric,
  };
}

/** Which of the two answers a text holds, as one word. */
function heldName(held: HeldAnswers | null): string | null {
  if (held === null) return null;
  if (held.contextual && held.parametric) return "both";
  if (held.contextual) return "contextual";
  return held.parametric ? "parametric" : "neither";
}

function* list<Item>(items: readonly Item[], describe: (item: Item, idx: number) => unknown): Generator<string> {
  for (const [idx, item] of items.entries()) yield `${idx > 0 ? "," : ""}\n${JSON.stringify(describe(item, idx))}`;
}
