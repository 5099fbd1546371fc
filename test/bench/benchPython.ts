import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "./benchSettings.ts";

export const pythonTools = join(projectRoot, "tools", "bench");

/** The interpreter with the packages of `tools/bench/requirements.txt`: the environment variable `PYTHON`. */
export const python: string | null = process.env.PYTHON ?? null;

/** Says once what is left out where there is no Python. */
export function sayWithoutPython(): void {
  if (python !== null) return;
  console.log("Without PYTHON (an interpreter with tools/bench/requirements.txt) only ONNX Runtime's sides are run.");
}

/** Runs a program of `tools/bench` in a process of its own and returns the JSON of its last line. */
export function measureInPython<Result>(program: string, programArguments: readonly string[]): Result {
  const run = spawnSync(python ?? "", [join(pythonTools, program), ...programArguments], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
    env: { ...process.env, HF_HUB_OFFLINE: "1", TOKENIZERS_PARALLELISM: "false", PYTHONWARNINGS: "ignore" },
  });
  if (run.status !== 0)
    throw new Error(`${program} ${programArguments.join(" ")} ended with ${run.status}\n${run.stderr}`);
  return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
}

const versionProgram =
  "import importlib.metadata as m, platform; print('Python ' + platform.python_version(), *(f'{p} {m.version(p)}' for p in ['torch', 'transformers', 'lm_eval']), sep='\\n')";

/** What the Python sides are. */
export function pythonVersions(): string[] {
  if (python === null) return [];
  const run = spawnSync(python, ["-c", versionProgram], { encoding: "utf8" });
  return run.status === 0 ? run.stdout.trim().split("\n") : [];
}
