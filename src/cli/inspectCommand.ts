import { readFile } from "node:fs/promises";
import { contextGain } from "../core/contextGain.ts";
import { CodedError } from "../core/problem.ts";
import { type DatasetRow, readRows } from "../dataset/datasetRows.ts";
import { type InspectedBook, type Inspection, inspectRow } from "../engine/inspectRow.ts";
import type { LanguageModel } from "../engine/languageModel.ts";
import { underTemplate } from "../engine/rowBooks.ts";
import { natsText } from "../figure/numberText.ts";
import { clipToCells, textCells } from "../figure/textCells.ts";
import { visibleTokenText } from "../figure/tokenText.ts";
import { fileSizeBytes } from "./auditFile.ts";
import { type ModelChoice, openChosenModel } from "./chosenModel.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { checkOutput, writeOutput } from "./output.ts";
import { promptTokenText } from "./promptTokenText.ts";
import { asksLooks, type Look, type LookOptions, lookAt } from "./rowLooks.ts";

export const inspectFormats = ["json", "table"] as const;

export interface InspectCommandOptions extends LookOptions, ModelChoice {
  readonly input: string;
  /** Line on which the row's record begins, counted from 1; the first row without it. */
  readonly row?: number;
  /** Which assistant turn of the record, counted from 1. */
  readonly turn: number;
  readonly format: (typeof inspectFormats)[number];
  readonly out?: string;
}

/** A file of this size is read at once for one row; larger ones are no "row in a file" any more. */
const maxInputBytes = 64 * 1024 * 1024;

/** `inspect --input FILE`: one row token by token, with and without its context, or what the model attends to and says. */
export async function inspectCommand(options: InspectCommandOptions, environment: Environment): Promise<ExitCode> {
  await checkOutput(options.out, [options.input]);
  const found = await findRow(options);
  const asks = asksLooks(options);
  const model = await openChosenModel(options, environment, { scoresLater: asks });
  try {
    const pieces = asks
      ? lookPieces(found, await lookAt(found.row, model, options, environment.signal), model, options)
      : await inspectionPieces(found, underTemplate(model, options.template ? "own" : "plain"), options);
    await writeOutput(pieces, options.out, environment.out);
    return exitCode.done;
  } catch (error) {
    // There is no part of a look to show; Ctrl+C needs no word of explanation.
    if (error instanceof CodedError && error.code === "cancelled") return exitCode.interrupted;
    throw error;
  } finally {
    await model.release();
  }
}

async function inspectionPieces(
  found: DatasetRow,
  model: LanguageModel,
  { format }: InspectCommandOptions,
): Promise<Iterable<string>> {
  const inspection = await inspectRow(found.row, model);
  return format === "json" ? [jsonText(found, inspection, model)] : tokenTable(inspection);
}

/** In JSON one object with a field per look, as tables one below another. */
function* lookPieces(
  { line, turnIdx, shapeName }: DatasetRow,
  looks: readonly Look[],
  { identity }: LanguageModel,
  { format, template }: InspectCommandOptions,
): Generator<string> {
  if (format === "json") {
    const common = { model: identity, template: template ? "own" : "plain", row: line, turn: turnIdx + 1 };
    const fields = Object.fromEntries(looks.map(({ name, json }) => [name, json]));
    yield `${JSON.stringify({ ...common, shape: shapeName, ...fields }, null, 1)}\n`;
    return;
  }
  for (const [idx, { lines }] of looks.entries()) {
    if (idx > 0) yield "\n";
    yield* lines;
  }
}

async function findRow({ input, row, turn }: InspectCommandOptions): Promise<DatasetRow> {
  const sizeBytes = await fileSizeBytes(input);
  if (sizeBytes > maxInputBytes) {
    throw new CodedError("cli/usage", {
      message: `${input} is too large to pick one row from; copy the row into a file`,
    });
  }
  const text = asOneLine(await readFile(input, "utf8"));
  for (const { record, rows, problems } of readRows(text)) {
    if (row !== undefined && record.line !== row) continue;
    const wanted = rows[turn - 1];
    if (wanted) return wanted;
    const problem = problems[0];
    if (problem) throw new CodedError(problem.code, problem.data);
    if (row !== undefined) break;
  }
  const place = row === undefined ? "no row" : `no row on line ${row}${turn > 1 ? ` with a turn ${turn}` : ""}`;
  throw new CodedError("cli/usage", { message: `${input} has ${place}` });
}

/** A single record may be spread over lines, as an editor formats it; JSON Lines would take each line for a record. */
function asOneLine(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? JSON.stringify(value) : text;
  } catch {
    return text;
  }
}

function jsonText({ line, turnIdx, shapeName }: DatasetRow, inspection: Inspection, model: LanguageModel): string {
  const { open, closed } = inspection;
  const nTargetTokens = open.prompt.target.end - open.prompt.target.start;
  const openTarget = open.logProbs.subarray(0, nTargetTokens);
  const closedTarget = closed?.logProbs.subarray(0, nTargetTokens) ?? null;
  const value = {
    model: model.identity,
    row: line,
    turn: turnIdx + 1,
    shape: shapeName,
    target: {
      tokenIds: [...open.prompt.tokenIds.subarray(open.prompt.target.start, open.prompt.target.end)],
      tokenTexts: Array.from(openTarget, (_, t) => promptTokenText(open.prompt, open.prompt.target.start + t)),
      openLogProbs: [...openTarget],
      closedLogProbs: closedTarget && [...closedTarget],
      contextGains: closedTarget && [...contextGain(openTarget, closedTarget)],
    },
    open: bookValue(open),
    closed: closed && bookValue(closed),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** A rendered prompt as plain JSON: one entry per token, spans half-open in UTF-16 code units of `text`. */
function bookValue({ prompt, tokenTexts, logProbs }: InspectedBook): Record<string, unknown> {
  return {
    text: prompt.text,
    segments: prompt.segments,
    target: prompt.target,
    endOfTurnIdx: prompt.endOfTurnIdx,
    tokens: Array.from(prompt.tokenIds, (id, i) => ({
      id,
      text: promptTokenText(prompt, i),
      vocabularyText: tokenTexts[i] ?? "",
      role: roleOf(prompt, i),
      span: [prompt.tokenOffsets[2 * i], prompt.tokenOffsets[2 * i + 1]],
      logProb: scoredLogProb(prompt, logProbs, i),
    })),
  };
}

function roleOf(prompt: InspectedBook["prompt"], tokenIdx: number): string | null {
  return prompt.segments.find(({ tokenSpan }) => tokenIdx >= tokenSpan.start && tokenIdx < tokenSpan.end)?.role ?? null;
}

/** The scored tokens are the target's and then the end of turn; the others have no log-probability. */
function scoredLogProb(prompt: InspectedBook["prompt"], logProbs: Float32Array, tokenIdx: number): number | null {
  const { start, end } = prompt.target;
  if (tokenIdx >= start && tokenIdx < end) return logProbs[tokenIdx - start] ?? null;
  return tokenIdx === prompt.endOfTurnIdx ? (logProbs[end - start] ?? null) : null;
}

const tokenCells = 24;

function* tokenTable({ open, closed }: Inspection): Generator<string> {
  const { start, end } = open.prompt.target;
  yield `${open.prompt.tokenIds.length} tokens with the context, ${closed?.prompt.tokenIds.length ?? "–"} without; the target has ${end - start}.\n`;
  yield `${"token".padEnd(tokenCells)}${["id", "open", "closed", "gain"].map((name) => name.padStart(9)).join("")}\n`;
  for (let t = 0; t < end - start; t++) {
    const text = clipToCells(visibleTokenText(promptTokenText(open.prompt, start + t)), tokenCells - 1);
    const openLogProb = open.logProbs[t] ?? Number.NaN;
    const closedLogProb = closed?.logProbs[t] ?? Number.NaN;
    const numbers = [openLogProb, closedLogProb, openLogProb - closedLogProb].map(natsText);
    const cells = [String(open.prompt.tokenIds[start + t]), ...numbers].map((cell) => cell.padStart(9));
    yield `${text}${" ".repeat(tokenCells - textCells(text))}${cells.join("")}\n`;
  }
}
