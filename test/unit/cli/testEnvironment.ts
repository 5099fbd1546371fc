import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCommandLine } from "../../../src/cli/commandLine.ts";
import type { Environment } from "../../../src/cli/environment.ts";
import { CodedError } from "../../../src/core/problem.ts";
import { LetterModel } from "../../fixture/letterModel.ts";

/** What a run of the program left behind. */
export interface ProgramRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly model: LetterModel;
}

/** Runs the program in this process on the letter model, without a cache unless the test brings one. */
export async function runProgram(args: readonly string[], changes: Partial<Environment> = {}): Promise<ProgramRun> {
  const out = new PassThrough({ encoding: "utf8" });
  const err = new PassThrough({ encoding: "utf8" });
  // Read while the program writes: a stream that nobody reads would hold it up.
  const texts = Promise.all([text(out), text(err)]);
  const model = new LetterModel();
  const status = await runCommandLine(args, {
    ...{ version: "1.2.3", out, err, columns: 100, hasColour: false, showsProgress: false },
    signal: new AbortController().signal,
    defaultModelFolder: "/bundled",
    defaultCacheFile: "/cache/scores.db",
    openModel: async () => model,
    describeModel: async (folder) => {
      throw new CodedError("model/folder-missing", { folder, reason: "ENOENT" });
    },
    openStore: (file) => {
      throw new CodedError("store/read-only", { file });
    },
    ...changes,
  });
  out.end();
  err.end();
  const [outText, errText] = await texts;
  return { status, out: outText, err: errText, model };
}

async function text(stream: PassThrough): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}

/** A new folder with files in it. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "context-reliance-cli-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** An Alpaca line. */
export function alpacaLine(instruction: string, input: string, output: string): string {
  return `${JSON.stringify({ instruction, input, output })}\n`;
}
