import { CodedError } from "../core/problem.ts";
import { type HubAccess, hubAccess, hubCacheFolder } from "../model/hubAccess.ts";
import { type CachedModel, listCachedModels } from "../model/hubCache.ts";
import { chooseDtype, hubChoices, sizeText } from "../model/hubChoice.ts";
import { downloadModel } from "../model/hubDownload.ts";
import { type HubId, parseHubId } from "../model/hubNames.ts";
import { recommendedModels } from "../model/hubRecommendation.ts";
import { type HubRepository, readHubRepository } from "../model/hubRepository.ts";
import { DownloadLine } from "./downloadLine.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { writeOutput } from "./output.ts";
import { oneLine } from "./plainText.ts";
import { errorLine } from "./problemWords.ts";

export interface DownloadCommandOptions {
  readonly dtype?: string;
  readonly revision?: string;
  readonly hub?: string;
  readonly cache?: string;
  readonly list?: boolean;
}

/** `download ID`: loads a model into the cache and prints its folder; `--list` says what there is. */
export async function downloadCommand(
  text: string | undefined,
  options: DownloadCommandOptions,
  environment: Environment,
): Promise<ExitCode> {
  const cacheFolder = hubCacheFolder(options.cache === undefined ? {} : { cacheFolder: options.cache });
  if (text === undefined && options.list) {
    await writeOutput(await modelLines(cacheFolder, environment), undefined, environment.out);
    return exitCode.done;
  }
  if (text === undefined) throw new CodedError("cli/usage", { message: "Name a model, or use --list" });
  try {
    const access = hubAccess(options.hub === undefined ? {} : { endpoint: options.hub });
    const repository = await readHubRepository(wantedId(text, options), access, environment.signal);
    const lines = options.list
      ? choiceLines(repository)
      : [`${await load(repository, access, cacheFolder, options, environment)}\n`];
    await writeOutput(lines, undefined, environment.out);
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof CodedError && error.code === "hub/cancelled")) throw error;
    environment.err.write(errorLine(error));
    return exitCode.interrupted;
  }
}

function wantedId(text: string, { revision }: DownloadCommandOptions): HubId {
  return parseHubId(revision === undefined ? text : `${text}@${revision}`);
}

async function load(
  repository: HubRepository,
  access: HubAccess,
  cacheFolder: string,
  { dtype }: DownloadCommandOptions,
  { err, showsProgress, signal }: Environment,
): Promise<string> {
  const choice = chooseDtype(repository, dtype ?? null);
  err.write(
    `${repository.id} at ${repository.commit.slice(0, 12)}, ${choice.dtype}: ${sizeText(choice.sizeBytes)} in ${choice.files.length} files\n`,
  );
  const line = new DownloadLine(err, showsProgress);
  try {
    return await downloadModel(repository, choice, {
      access,
      cacheFolder,
      signal,
      onProgress: (progress) => line.update(progress),
    });
  } finally {
    line.clear();
  }
}

function choiceLines(repository: HubRepository): string[] {
  const choices = hubChoices(repository);
  if (choices.length === 0) throw new CodedError("hub/no-model", { reason: "graph", id: repository.id });
  const { id, revision, commit } = repository;
  return [
    `${id} at ${oneLine(revision)} (${commit.slice(0, 12)}) comes as:\n`,
    ...choices.map(({ dtype, sizeBytes, files }) => {
      return `  ${dtype.padEnd(10)}${sizeText(sizeBytes).padStart(8)}  ${files.at(-1)?.name ?? ""}\n`;
    }),
    `Load one with: context-reliance download ${id} --dtype NAME\n`,
  ];
}

async function modelLines(cacheFolder: string, { defaultModelFolder }: Environment): Promise<string[]> {
  const cached = await listCachedModels(cacheFolder);
  const width = Math.max(...[...cached, ...recommendedModels].map(({ id }) => id.length)) + 2;
  return [
    `In ${oneLine(cacheFolder)}:\n`,
    ...(cached.length === 0 ? ["  none with an ONNX graph\n"] : cached.map((model) => cachedLine(model, width))),
    "Recommended:\n",
    ...recommendedModels.map(
      ({ id, parameters, licence }) => `  ${id.padEnd(width)}${parameters.padEnd(6)}${licence}\n`,
    ),
    `Bundled: ${oneLine(defaultModelFolder)}\n`,
  ];
}

function cachedLine({ id, dtypes, sizeBytes, commit }: CachedModel, width: number): string {
  return `  ${id.padEnd(width)}${sizeText(sizeBytes).padEnd(8)}${dtypes.join(", ")}  ${commit.slice(0, 12)}\n`;
}
