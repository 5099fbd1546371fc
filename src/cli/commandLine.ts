import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { HeadPosition } from "../core/attentionLedger.ts";
import { DEFAULT_QUANTILE } from "../core/nonContextCritical.ts";
import { CodedError } from "../core/problem.ts";
import { shapeTable } from "../dataset/shapeTable.ts";
import { type AuditCommandOptions, auditCommand, auditFormats } from "./auditCommand.ts";
import { nonCausalOption } from "./chosenModel.ts";
import { conflictDefinition } from "./conflictDefinition.ts";
import { type DownloadCommandOptions, downloadCommand } from "./downloadCommand.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCode } from "./exitCode.ts";
import { type InspectCommandOptions, inspectCommand, inspectFormats } from "./inspectCommand.ts";
import { type ModelCommandOptions, modelCommand, modelFormats } from "./modelCommand.ts";
import { errorLine } from "./problemWords.ts";

const programHelp = `
Examples:
  context-reliance audit train.jsonl
  context-reliance audit train.jsonl --format html --out report.html
  context-reliance audit train.jsonl --format jsonl | jq -c 'select(.flagged) | .row'
  context-reliance audit train.jsonl --dependency --indicate indicated.jsonl
  context-reliance inspect --input train.jsonl --row 12 --format table
  context-reliance conflict questions.jsonl --model before --model after
  context-reliance model ./my-model
  context-reliance download --list

Exit status: 0 done, 2 could not run (the reason is on stderr with a code), 130 stopped by Ctrl+C.`;

const auditHelp = `
Each file is a dataset of its own: the cut is taken among its own rows. Files are JSON Lines (.jsonl, .ndjson) or a
JSON array. Rows that cannot be read or scored are in the output with their problem; they do not stop the run.

A row is flagged when its closed-book perplexity is at or below the cut: the ceil(q*n)-th smallest of the n rows that
have a context. Ctrl+C stops after the batch in flight and writes what was scored.

The context-dependency score of a turn is the attention from its answer to the user's words, in one layer (counted from
0, by default at 15/22 of the depth) and its strongest head. With --indicate the dataset is written out again, unchanged
but for the indicator, whole or not at all, and never over the file that was read.`;

const downloadHelp = `
A download that was stopped goes on where it ended. For a gated model, put your token into HF_TOKEN. What is in the
cache can be named as a model: context-reliance audit --model organisation/name train.jsonl`;

const inspectHelp = `
Shows every token of one row with its role and, for the answer, its log-probability with and without the context; or,
where one or more of the looks are asked for, these instead. Layers and heads are counted from 0.`;

/** Runs the program on its arguments and returns its exit status; errors go to stderr as \`error CODE: sentence\`. */
export async function runCommandLine(args: readonly string[], environment: Environment): Promise<ExitCode> {
  let status: ExitCode = exitCode.done;
  const program = commandLine(environment, (code) => {
    status = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return usageStatus(error, environment);
    environment.err.write(errorLine(error));
    return exitCode.failed;
  }
}

/** Help and version end the program too, and well; anything else commander stops for is wrong usage. */
function usageStatus(error: CommanderError, environment: Environment): ExitCode {
  if (error.exitCode === 0) return exitCode.done;
  if (error.code === "commander.help") return exitCode.failed;
  const message = error.message.replace(/^error: /, "").replace(/\.$/, "");
  environment.err.write(errorLine(new CodedError("cli/usage", { message })));
  return exitCode.failed;
}

function commandLine(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  const program = new Command("context-reliance")
    .description("Finds the rows of an instruction-tuning dataset that do not need their context.")
    .version(environment.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", programHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.out.write(text),
      writeErr: (text) => environment.err.write(text),
      // Said by usageStatus, with a code.
      outputError: () => undefined,
      getOutHelpWidth: () => environment.columns,
      getErrHelpWidth: () => environment.columns,
    });
  program.addCommand(auditDefinition(environment, onStatus).copyInheritedSettings(program));
  program.addCommand(inspectDefinition(environment, onStatus).copyInheritedSettings(program));
  program.addCommand(conflictDefinition(environment, onStatus).copyInheritedSettings(program));
  program.addCommand(modelDefinition(environment, onStatus).copyInheritedSettings(program));
  program.addCommand(downloadDefinition(environment, onStatus).copyInheritedSettings(program));
  return program;
}

const modelOption = () =>
  new Option(
    "--model <dir>",
    "folder of the ONNX model and its tokenizer, or the id of a downloaded one (default: the bundled model)",
  );
const outOption = () => new Option("--out <path>", "write to a file instead of the terminal");

function auditDefinition(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  return new Command("audit")
    .description("score the rows of files and report which do not need their context")
    .argument("<file...>", "dataset files")
    .addOption(modelOption())
    .addOption(nonCausalOption())
    .addOption(
      new Option("--quantile <q>", "share of rows to flag, above 0 and at most 1")
        .argParser(quantile)
        .default(DEFAULT_QUANTILE),
    )
    .addOption(new Option("--format <name>", "what to write").choices(auditFormats).default("table"))
    .addOption(outOption())
    .option("--ifd", "also measure instruction-following difficulty, in both published forms")
    .addOption(
      new Option("--dependency [layer]", "also measure how much each answer attends to the user's words").argParser(
        layerNumber,
      ),
    )
    .addOption(
      new Option(
        "--indicate <path>",
        "also write the dataset with [IND] behind the user turns that score above the threshold",
      ),
    )
    .addOption(
      new Option(
        "--threshold <beta>",
        "context-dependency score that counts as high, from 0 to 1 (default: 0.6)",
      ).argParser(thresholdNumber),
    )
    .addOption(
      new Option("--shape <name>", "read every row in this shape instead of recognising it").choices(
        shapeTable.map((shape) => shape.name),
      ),
    )
    .addOption(new Option("--cache <path>", "where scores are kept").default(true, "your cache folder"))
    .option("--no-cache", "keep no scores and use none")
    .addHelpText("after", auditHelp)
    .action(async (files: string[], options: AuditCommandOptions) =>
      onStatus(await auditCommand(files, options, environment)),
    );
}

function inspectDefinition(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  return new Command("inspect")
    .description("show one row token by token, with and without its context")
    .addOption(modelOption())
    .addOption(nonCausalOption())
    .requiredOption("--input <file>", "a file with the row: a JSON object, JSON Lines or a JSON array")
    .addOption(
      new Option("--row <line>", "line on which the row begins (default: the first row)").argParser(wholeNumber),
    )
    .addOption(new Option("--turn <n>", "which assistant turn of a conversation").argParser(wholeNumber).default(1))
    .option("--figures", "look: rank, entropy and the five best tokens at every answer token")
    .option("--ledger", "look: where the model looks as it begins to answer, with and without its template")
    .addOption(
      new Option("--attention <layer>", "look: the whole attention pattern of one layer").argParser(layerNumber),
    )
    .addOption(
      new Option("--dependency [layer]", "look: how much the answer attends to the user's words").argParser(
        layerNumber,
      ),
    )
    .addOption(new Option("--steer <alpha>", "look: score and answer with steered attention").argParser(alphaNumber))
    .addOption(new Option("--span <name>", "what steering points at").choices(["user", "context"]).default("context"))
    .addOption(
      new Option("--keys <which>", "weaken every other key, or those of the prompt only")
        .choices(["all", "prompt"])
        .default("all"),
    )
    .addOption(
      new Option("--heads <list>", "steer these heads only, as layer.head: 3.0,3.5 (default: all)").argParser(headList),
    )
    .option("--other <answer>", "set the row's answer against this one under steering: M_C")
    .option("--harm", "steer a dozen control questions of the program's own too")
    .addOption(new Option("--generate [n]", "look: the model's own answer, at most n tokens").argParser(wholeNumber))
    .addOption(
      new Option(
        "--decoding [place]",
        "look: one token of the answer (default: its first) and whole answers under context-aware decoding",
      ).argParser(wholeNumber),
    )
    .option("--ablation", "look: the answer without each sentence of the context")
    .option("--no-template", "render the row without the model's chat template")
    .addOption(new Option("--format <name>", "what to write").choices(inspectFormats).default("json"))
    .addOption(outOption())
    .addHelpText("after", inspectHelp)
    .action(async (options: InspectCommandOptions) => onStatus(await inspectCommand(options, environment)));
}

function modelDefinition(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  return new Command("model")
    .description("say what a model is and what can be measured on it")
    .argument("[dir]", "folder of the model (default: the bundled model)")
    .addOption(new Option("--format <name>", "what to write").choices(modelFormats).default("table"))
    .action(async (folder: string | undefined, options: ModelCommandOptions) =>
      onStatus(await modelCommand(folder, options, environment)),
    );
}

function downloadDefinition(environment: Environment, onStatus: (status: ExitCode) => void): Command {
  return new Command("download")
    .description("load a model from a hub and print its folder")
    .argument("[id]", "organisation/name, or organisation/name@revision")
    .option("--dtype <name>", "which form of the weights, such as float32 or q4")
    .option("--revision <name>", "branch, tag or commit (default: main)")
    .option("--hub <url>", "address of the hub (default: HF_ENDPOINT, or https://huggingface.co)")
    .option("--cache <dir>", "where models are kept (default: the cache of Hugging Face's tools)")
    .option("--list", "say what there is, of a model or of all, and load nothing")
    .addHelpText("after", downloadHelp)
    .action(async (id: string | undefined, options: DownloadCommandOptions) =>
      onStatus(await downloadCommand(id, options, environment)),
    );
}

function quantile(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("It must be above 0 and at most 1, such as 0.25");
  return value;
}

function thresholdNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("It must be from 0 to 1, such as 0.6");
  }
  return value;
}

function alphaNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("It must be above 0 and at most 1, such as 0.95");
  return value;
}

function headList(text: string): HeadPosition[] {
  return text.split(",").map((head) => {
    const [layerIdx, headIdx] = /^(\d+)\.(\d+)$/.exec(head.trim())?.slice(1).map(Number) ?? [];
    if (layerIdx === undefined || headIdx === undefined) {
      throw new InvalidArgumentError("It must name heads as layer.head with commas between them, such as 3.0,3.5");
    }
    return { layerIdx, headIdx };
  });
}

function layerNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0)) throw new InvalidArgumentError("It must be a whole number from 0 on");
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1)) throw new InvalidArgumentError("It must be a whole number from 1 on");
  return value;
}
