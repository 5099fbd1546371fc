import { createHash } from "node:crypto";
import { type ConflictMeasures, conflictSummary } from "../core/conflictSummary.ts";
import { CodedError } from "../core/problem.ts";
import { conflictMeasures } from "../engine/conflictMeasures.ts";
import { type ConflictTemplate, effectiveTemplate } from "../engine/conflictPrompt.ts";
import { conflictRun } from "../engine/conflictRun.ts";
import { countOf } from "../figure/numberText.ts";
import { completionTemplate, plainTemplate } from "../model/chatTemplate.ts";
import { openChosenModel } from "./chosenModel.ts";
import { type ConflictFile, readConflictFile } from "./conflictFile.ts";
import { conflictJson } from "./conflictJson.ts";
import type { ConflictCommandOptions } from "./conflictOptions.ts";
import type { ConflictReport, ModelConflicts } from "./conflictReport.ts";
import { conflictTable } from "./conflictTable.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { checkOutput, writeOutput } from "./output.ts";
import { problemLine } from "./problemWords.ts";

const defaultIndicator = "[IND]";
/** Enough to see what is wrong with a file; the rest is in the JSON. */
const mostShownProblems = 20;

/** `conflict FILE`: what one model or a row of checkpoints says where context and memory differ. */
export async function conflictCommand(
  path: string,
  options: ConflictCommandOptions,
  environment: Environment,
): Promise<ExitCode> {
  const file = await readConflictFile(path, options.group ?? null);
  tellProblems(path, file, environment);
  if (file.items.length === 0) throw new CodedError("cli/nothing-to-ask", { file: path });
  await checkOutput(options.out, [path]);
  const models: ModelConflicts[] = [];
  const folders = options.model ?? [environment.defaultModelFolder];
  const failure = await measureAll(folders, file, options, environment, (measured) => models.push(measured));
  const report: ConflictReport = {
    programVersion: environment.version,
    finishedAtMs: Date.now(),
    fileName: path,
    file,
    isComplete: failure === null,
    options: { ...options, indicator: indicatorOf(options) },
    models,
  };
  if (models.length > 0) {
    await writeOutput(options.json ? conflictJson(report) : conflictTable(report), options.out, environment.out);
  }
  if (failure === null) return exitCode.done;
  if (!(failure instanceof CodedError && failure.code === "cancelled")) throw failure;
  environment.err.write(`${path}: stopped; ${models.length} of ${countOf(folders.length, "model")} measured\n`);
  return exitCode.interrupted;
}

/** Measures model after model; what ended the run is returned, so that the models before it are not lost. */
async function measureAll(
  folders: readonly string[],
  file: ConflictFile,
  options: ConflictCommandOptions,
  environment: Environment,
  onMeasured: (measured: ModelConflicts) => void,
): Promise<unknown> {
  try {
    for (const [idx, folder] of folders.entries()) {
      if (environment.showsProgress) environment.err.write(`\r\u001b[2K${folder}: ${idx + 1} of ${folders.length}`);
      onMeasured(await measure(folder, file, options, environment));
    }
    return null;
  } catch (error) {
    return error;
  } finally {
    if (environment.showsProgress) environment.err.write("\r\u001b[2K");
  }
}

async function measure(
  folder: string,
  file: ConflictFile,
  options: ConflictCommandOptions,
  environment: Environment,
): Promise<ModelConflicts> {
  const startMs = performance.now();
  const choice = { model: folder, allowNonCausal: options.allowNonCausal ?? false };
  const model = await openChosenModel(choice, environment, { answersMany: true });
  try {
    const template = effectiveTemplate(model, options.template);
    const items = file.items.map(({ question }) => question);
    const asked = await conflictRun(items, model, {
      asking: { template, wording: options.wording, indicator: indicatorOf(options) },
      maxNewTokens: options.maxNewTokens,
      withAttention: options.attention,
      signal: environment.signal,
    });
    const measures = asked.map((item, idx): ConflictMeasures => {
      // Every result has its question.
      return conflictMeasures(items[idx] as (typeof items)[number], item, template);
    });
    return {
      folder,
      identity: model.identity,
      template,
      templateHash: templateHash(template) ?? model.identity.templateHash,
      durationMs: performance.now() - startMs,
      asked,
      measures,
      summary: conflictSummary(measures, { seed: options.seed, nResamples: options.resamples }),
    };
  } finally {
    await model.release();
  }
}

function indicatorOf({ indicator }: ConflictCommandOptions): string | null {
  return indicator === true ? defaultIndicator : (indicator ?? null);
}

/** Null for the model's own template, whose hash the model knows. */
function templateHash(template: ConflictTemplate): string | null {
  if (template === "own") return null;
  const { source } = template === "plain" ? completionTemplate : plainTemplate;
  return createHash("sha256").update(source).digest("hex");
}

function tellProblems(path: string, { problems, nUnreadable }: ConflictFile, { err }: Environment): void {
  for (const { severity, code, data } of problems.slice(0, mostShownProblems)) {
    err.write(problemLine(severity, code, data));
  }
  if (problems.length > mostShownProblems) err.write(`${problems.length - mostShownProblems} more of the kind\n`);
  if (nUnreadable > 0) err.write(`${path}: ${countOf(nUnreadable, "row")} left out\n`);
}
