import { CodedError, type Problem } from "../core/problem.ts";
import { INDICATOR } from "../dataset/indicator.ts";
import type { Shape } from "../dataset/shape.ts";
import { shapeNamed, shapeTable } from "../dataset/shapeTable.ts";
import type { LanguageModel } from "../engine/languageModel.ts";
import type { ScoreStore } from "../engine/scoreStore.ts";
import { countOf } from "../figure/numberText.ts";
import type { Audit, AuditFile, DependencySettings } from "../report/audit.ts";
import { auditFile, fileSizeBytes } from "./auditFile.ts";
import { type ModelChoice, openChosenModel } from "./chosenModel.ts";
import { closeUps } from "./closeUps.ts";
import { checkDependencyOptions, type DependencyOptions, dependencySettings } from "./dependencyOptions.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { type InputState, inputState, writeIndicated } from "./indicatedFile.ts";
import { checkOutput, writeOutput } from "./output.ts";
import { problemLine } from "./problemWords.ts";
import { Progress } from "./progress.ts";
import { htmlReport } from "./reporters/html.ts";
import { jsonReport } from "./reporters/json.ts";
import { jsonlReport } from "./reporters/jsonl.ts";
import { tableReport } from "./reporters/table.ts";

export const auditFormats = ["table", "jsonl", "json", "html"] as const;

export interface AuditCommandOptions extends DependencyOptions, ModelChoice {
  readonly quantile: number;
  readonly format: (typeof auditFormats)[number];
  readonly out?: string;
  /** Also measure instruction-following difficulty. */
  readonly ifd?: boolean;
  readonly shape?: string;
  /** A path, true for the default place, false for none. */
  readonly cache: string | boolean;
}

/** `audit FILE…`: scores the files and reports which rows do not need their context. */
export async function auditCommand(
  files: readonly string[],
  options: AuditCommandOptions,
  environment: Environment,
): Promise<ExitCode> {
  const shape = chosenShape(options.shape);
  for (const file of files) await fileSizeBytes(file);
  await checkOutput(options.out, files);
  await checkDependencyOptions(files, options);
  const scored = await inputState(files[0] as string);
  const warn = warnOnce(environment);
  const model = await openChosenModel(options, environment);
  const store = openStore(options.cache, environment, warn);
  try {
    const dependency = dependencySettings(options, model);
    const audited: AuditFile[] = [];
    for (const file of files) {
      const progress = new Progress(environment.err, environment.showsProgress, file);
      const { signal } = environment;
      try {
        audited.push(
          await auditFile(file, model, store, {
            quantile: options.quantile,
            answerOnly: options.ifd === true,
            dependencyLayerIdx: dependency?.layerIdx,
            shape,
            signal,
            progress,
            onWarning: warn,
          }),
        );
      } finally {
        progress.clear();
      }
      if (signal.aborted) break;
    }
    await report(audited, model, dependency, shape, options, environment);
    tellProblems(audited, environment);
    if (dependency) await indicate(audited[0], { dependency, shape, scored }, options, environment);
    return environment.signal.aborted ? exitCode.interrupted : exitCode.done;
  } finally {
    store?.close();
    await model.release();
  }
}

async function report(
  files: readonly AuditFile[],
  model: LanguageModel,
  dependency: DependencySettings | undefined,
  shape: Shape | undefined,
  options: AuditCommandOptions,
  environment: Environment,
): Promise<void> {
  const audit: Audit = {
    programVersion: environment.version,
    finishedAtMs: Date.now(),
    // The bundled model's folder says nothing to a reader.
    model: options.model === undefined ? { ...model.identity, name: "the bundled model" } : model.identity,
    ...(dependency ? { dependency } : {}),
    files,
  };
  const { format, out } = options;
  const write = (pieces: Iterable<string>) => writeOutput(pieces, out, environment.out);
  if (format === "jsonl") return write(jsonlReport(audit, options.ifd === true));
  if (format === "json") return write(jsonReport(audit, options.ifd === true));
  if (format === "table") {
    return write(
      tableReport(audit, { columns: environment.columns, hasColour: environment.hasColour && out === undefined }),
    );
  }
  const closeUpsOfFiles = [];
  for (const file of files) closeUpsOfFiles.push(environment.signal.aborted ? [] : await closeUps(file, model, shape));
  return write(htmlReport(audit, closeUpsOfFiles));
}

/** The dataset with its indicators, where one was asked for and every turn has been scored. */
async function indicate(
  file: AuditFile | undefined,
  made: { readonly dependency: DependencySettings; readonly shape: Shape | undefined; readonly scored: InputState },
  { indicate: path }: AuditCommandOptions,
  { err }: Environment,
): Promise<void> {
  if (path === undefined || file === undefined) return;
  if (!file.isComplete) {
    err.write(`${path}: not written, because not every turn was scored\n`);
    return;
  }
  const { dependency, shape, scored } = made;
  const nIndicators = await writeIndicated(path, file, { threshold: dependency.threshold, shape, scored });
  err.write(`${path}: ${INDICATOR} stands behind ${countOf(nIndicators, "user turn")}\n`);
}

function chosenShape(name: string | undefined): Shape | undefined {
  if (name === undefined) return undefined;
  const shape = shapeNamed(name);
  if (shape) return shape;
  const known = shapeTable.map((entry) => entry.name).join(", ");
  throw new CodedError("cli/usage", { message: `There is no shape ${name}; the shapes are ${known}` });
}

function openStore(
  cache: string | boolean,
  environment: Environment,
  warn: (problem: Problem) => void,
): ScoreStore | null {
  if (cache === false) return null;
  try {
    return environment.openStore(cache === true ? environment.defaultCacheFile : cache);
  } catch (error) {
    // Scores that cannot be kept are no reason not to make them.
    if (!(error instanceof CodedError)) throw error;
    warn({ code: error.code, severity: "warning", data: error.data });
    return null;
  }
}

/** A warning is said once per code: a full disk fails every batch. */
function warnOnce(environment: Environment): (problem: Problem) => void {
  const said = new Set<string>();
  return ({ code, severity, data }) => {
    if (said.has(code)) return;
    said.add(code);
    environment.err.write(problemLine(severity, code, data));
  };
}

function tellProblems(files: readonly AuditFile[], environment: Environment): void {
  for (const file of files) {
    const nRows = file.rows.filter((row) => row.problems.length > 0).length;
    const nUnscored = file.verdicts.unscoredRowIdxs.length;
    if (nRows > 0) {
      environment.err.write(`${file.name}: ${countOf(nRows, "row")} with problems, ${nUnscored} of them not scored\n`);
    }
    if (!file.isComplete) environment.err.write(`${file.name}: stopped; ${countOf(file.rows.length, "row")} written\n`);
  }
}
