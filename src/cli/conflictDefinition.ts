import { Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_RESAMPLES, DEFAULT_SEED } from "../core/clusteredBootstrap.ts";
import { nonCausalOption } from "./chosenModel.ts";
import { conflictCommand } from "./conflictCommand.ts";
import type { ConflictCommandOptions } from "./conflictOptions.ts";
import type { Environment } from "./environment.ts";
import type { ExitCode } from "./exitCode.ts";

const help = `
A row has context, question, answer (what the context says) and memory_answer or parametric_answer (what the model may
remember); answers may be lists of names, the first of which is scored. Without a memory answer, or where both agree, a
row is contextual question answering; without a context its answer is expected from memory.

Name --model once per checkpoint, in order: with three or more the last lines say whether reliance on the context rises
and then falls. A model that fails ends the run; those before it are written.

Examples:
  context-reliance conflict samples/conflicts.jsonl
  context-reliance conflict questions.jsonl --model base --model step-100 --model step-200 --json --out curve.json`;

/** The arguments of `conflict`. */
export function conflictDefinition(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  return new Command("conflict")
    .description("ask where context and memory give different answers, and say which one a model follows")
    .argument("<file>", "questions: JSON Lines or a JSON array")
    .addOption(
      new Option(
        "--model <dir>",
        "folder of an ONNX model, or the id of a downloaded one; may be given several times (default: the bundled model)",
      ).argParser((folder: string, before: string[] = []) => [...before, folder]),
    )
    .addOption(nonCausalOption())
    .addOption(
      new Option("--template <name>", "the model's own chat template, none, or the plain one of base models")
        .choices(["own", "off", "plain"])
        .default("own"),
    )
    .addOption(
      new Option("--wording <name>", "passage: ask for an answer according to the passage")
        .choices(["bare", "passage"])
        .default("bare"),
    )
    .option("--indicator [text]", "put an indicator behind every question: [IND], or this text")
    .addOption(new Option("--max-new-tokens <n>", "longest output, in tokens").argParser(atLeast(1)).default(50))
    .option("--group <key>", "field whose equal values the intervals keep together (default: the question)")
    .option("--no-attention", "do not measure the attention on the context")
    .addOption(new Option("--seed <n>", "seed of the intervals").argParser(atLeast(0)).default(DEFAULT_SEED))
    .addOption(
      new Option("--resamples <n>", "resamples of the intervals").argParser(atLeast(1)).default(DEFAULT_RESAMPLES),
    )
    .option("--json", "write everything as one JSON object")
    .option("--out <path>", "write to a file instead of the terminal")
    .addHelpText("after", help)
    .action(async (file: string, options: ConflictCommandOptions) =>
      onStatus(await conflictCommand(file, options, environment)),
    );
}

function atLeast(smallest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(Number.isSafeInteger(value) && value >= smallest)) {
      throw new InvalidArgumentError(`It must be a whole number from ${smallest} on`);
    }
    return value;
  };
}
