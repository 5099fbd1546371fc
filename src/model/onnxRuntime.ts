import { availableParallelism } from "node:os";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";

// The library sends telemetry on some systems unless this is set before it loads; hence the import at run time below.
process.env.ORT_DISABLE_TELEMETRY = "1";

/** The version of the library that sessions run on: another one may round otherwise. */
export const runtimeVersion = "1.30.0";

/** How a session uses the machine. */
export interface SessionOptions {
  /**
   * Repack weights for faster products. Costs a copy of all weights in memory and most of the load time; without it they
   * stay in the file's pages, shared by all sessions. Worth it for runs over whole datasets.
   */
  readonly prepack: boolean;
  /** Threads inside one operator. */
  readonly threads: number;
}

/** The processors this process may use are known here, in a container too; small models gain nothing from more than eight. */
export const defaultThreads = Math.min(8, availableParallelism());

/** ONNX Runtime's Node library, loaded on first use. */
export async function loadOnnxRuntime(): Promise<typeof import("onnxruntime-node")> {
  return await import("onnxruntime-node");
}

/**
 * A session from a graph's bytes whose tensors refer to files in `folder`.
 *
 * @throws CodedError `model/load-failed` with `file` and ONNX Runtime's own words as `reason`.
 */
export async function createSession(
  bytes: Uint8Array,
  folder: string,
  file: string,
  options: SessionOptions,
): Promise<InferenceSession> {
  try {
    const runtime = await loadOnnxRuntime();
    return await runtime.InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      // Patterns are kept per input shape, and nearly every batch has its own.
      enableMemPattern: false,
      logSeverityLevel: 4,
      extra: {
        "session.model_external_initializers_file_folder_path": folder,
        // Idle threads of one session would spin while another computes: half of the processor time of a short batch.
        "session.intra_op.allow_spinning": "0",
        "session.disable_prepacking": options.prepack ? "0" : "1",
      },
    });
  } catch (cause) {
    throw new CodedError("model/load-failed", { file, reason: String((cause as Error).message ?? cause) }, { cause });
  }
}

/**
 * Runs a session on the inputs among `feeds` that its graph still has.
 *
 * @throws CodedError `model/run-failed` with `file` and `reason`.
 */
export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  file: string,
): Promise<Readonly<Record<string, Tensor>>> {
  const needed: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    const tensor = feeds[name];
    if (tensor !== undefined) needed[name] = tensor;
  }
  try {
    return await session.run(needed);
  } catch (cause) {
    throw new CodedError("model/run-failed", { file, reason: String((cause as Error).message ?? cause) }, { cause });
  }
}
