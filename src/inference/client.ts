import { type ChildProcess, fork } from "node:child_process";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import { CodedError, type Problem } from "../core/problem.ts";
import type { Inspection } from "../engine/inspectRow.ts";
import type { ScoredRow } from "../engine/scoredRow.ts";
import {
  type CachedModelEntry,
  type HubDownloadRequest,
  type HubOffer,
  type HubOfferRequest,
  type HubProgressNotification,
  hubMethods,
} from "../protocol/hub.ts";
import {
  type CodedErrorData,
  type InferenceAnswers,
  type InspectRowRequest,
  inferenceMethods,
  type RowsScoredNotification,
  type ScoreRowsRequest,
} from "../protocol/inference.ts";
import type { InspectionAnswers, InspectionRequests } from "../protocol/inspection.ts";
import type { ModelRequest } from "../protocol/modelRequest.ts";

/** How long a cancelled run may take to end by itself before the process is killed. */
const cancelGraceMs = 150;
/** How often a run starts the process again when no row was scored in between: a row that kills it must not loop. */
const maxRestartsWithoutProgress = 1;

export interface InferenceClientOptions {
  /** The program of the process: the built `inference.js`. */
  readonly program: string;
  /** SQLite file of the score store, or null for none. */
  readonly storeFile: string | null;
  /** Node (or Electron as Node) that runs it; the current one by default. */
  readonly execPath?: string;
  /** Told about what the user should know once, such as a restart or a store that cannot be written. */
  readonly onWarning: (problem: Problem) => void;
  /** Receives what the process writes to stderr. */
  readonly onLog: (text: string) => void;
}

interface Connection {
  readonly child: ChildProcess;
  readonly rpc: MessageConnection;
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
}

/**
 * The door's end of the inference process: starts it when first needed, starts it again when it dies and goes on
 * with the rows that were not scored, kills it when a cancelled batch does not end in time.
 */
export class InferenceClient {
  readonly #options: InferenceClientOptions;
  readonly #runs = new Map<number, (scored: readonly ScoredRow[]) => void>();
  #onDownload: (progress: HubProgressNotification) => void = () => undefined;
  #connection: Connection | null = null;
  #nextRunId = 1;
  #isDisposed = false;

  constructor(options: InferenceClientOptions) {
    this.#options = options;
  }

  /** Process id while the process runs. */
  get processId(): number | undefined {
    return this.#connection?.child.pid;
  }

  /** @throws CodedError what the model room says of the folder, or `inference/process-exited`. */
  openModel(request: ModelRequest): Promise<ModelIdentity> {
    return this.#request("model/open", request);
  }

  /** @throws CodedError as `inspectRow` of the engine, or `inference/process-exited`. */
  inspectRow(request: InspectRowRequest): Promise<Inspection> {
    return this.#request("row/inspect", request);
  }

  /** A look into a row, by method of `protocol/inspection.ts`. @throws CodedError of the engine, `cancelled`, `inference/process-exited`. */
  ask<Method extends keyof InspectionRequests>(
    method: Method,
    request: InspectionRequests[Method],
    signal: AbortSignal,
  ): Promise<InspectionAnswers[Method]> {
    return this.#cancellable(method, request, signal);
  }

  /** The models in the cache that the tools for the hub share. */
  cachedModels(): Promise<readonly CachedModelEntry[]> {
    return this.#request(hubMethods.cached, {});
  }

  /** @throws CodedError what the model room says of the hub's answer, `hub/cancelled`, `inference/process-exited`. */
  hubOffer(request: HubOfferRequest, signal: AbortSignal): Promise<HubOffer> {
    return this.#cancellable(hubMethods.offer, request, signal);
  }

  /**
   * Loads a model into the cache and returns its folder; one download at a time. What came before an error or the end
   * of the process is kept.
   * @throws CodedError as `hubOffer`.
   */
  async downloadModel(
    request: HubDownloadRequest,
    signal: AbortSignal,
    onProgress: (progress: HubProgressNotification) => void,
  ): Promise<string> {
    this.#onDownload = onProgress;
    return this.#cancellable(hubMethods.download, request, signal);
  }

  /**
   * Scores rows; `onScored` gets each row once, with `rowIdx` as its position in `rows`.
   * @throws CodedError `cancelled` within `cancelGraceMs` of the abort, `inference/process-exited` when the process
   * dies again without having scored a row.
   */
  async scoreRows(
    request: Omit<ScoreRowsRequest, "runId">,
    signal: AbortSignal,
    onScored: (scored: readonly ScoredRow[]) => void,
  ): Promise<void> {
    let remaining = request.rows.map((_, rowIdx) => rowIdx);
    let nRestarts = 0;
    while (remaining.length > 0) {
      const sent = remaining;
      const done = new Set<number>();
      try {
        await this.#scoreOnce(
          { ...request, rows: sent.flatMap((idx) => request.rows[idx] ?? []) },
          signal,
          (scored) => {
            const original = scored.map((row) => ({ ...row, rowIdx: sent[row.rowIdx] ?? row.rowIdx }));
            for (const row of original) done.add(row.rowIdx);
            onScored(original);
          },
        );
        return;
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== "inference/process-exited" || this.#isDisposed)
          throw error;
        remaining = sent.filter((idx) => !done.has(idx));
        nRestarts = done.size > 0 ? 0 : nRestarts + 1;
        if (nRestarts > maxRestartsWithoutProgress) throw error;
        this.#options.onWarning({
          code: "inference/restarted",
          severity: "warning",
          data: { nRemaining: remaining.length },
        });
      }
    }
  }

  async #scoreOnce(
    request: Omit<ScoreRowsRequest, "runId">,
    signal: AbortSignal,
    onScored: (scored: readonly ScoredRow[]) => void,
  ): Promise<void> {
    if (signal.aborted) throw new CodedError("cancelled");
    const runId = this.#nextRunId++;
    const { child, exited } = this.#connect();
    this.#runs.set(runId, onScored);
    const source = new CancellationTokenSource();
    let killTimer: NodeJS.Timeout | undefined;
    const abort = () => {
      source.cancel();
      killTimer = setTimeout(() => child.kill("SIGKILL"), cancelGraceMs);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      await this.#request("rows/score", { ...request, runId }, source);
    } catch (error) {
      if (signal.aborted) throw new CodedError("cancelled", {}, { cause: error });
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      clearTimeout(killTimer);
      this.#runs.delete(runId);
      if (child.killed) await exited;
    }
  }

  async #cancellable<Method extends keyof InferenceAnswers>(
    method: Method,
    request: object,
    signal: AbortSignal,
  ): Promise<InferenceAnswers[Method]> {
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#request(method, request, source);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Sends a request and waits for its answer or for the end of the process, whichever comes first. */
  async #request<Method extends keyof InferenceAnswers>(
    method: Method,
    request: object,
    source = new CancellationTokenSource(),
  ): Promise<InferenceAnswers[Method]> {
    const { rpc, exited } = this.#connect();
    const died = exited.then(() => {
      throw new CodedError("inference/process-exited");
    });
    try {
      return await Promise.race([rpc.sendRequest<InferenceAnswers[Method]>(method, request, source.token), died]);
    } catch (error) {
      if (error instanceof ResponseError && isCodedErrorData(error.data))
        throw new CodedError(error.data.code, error.data.data);
      // The end of the process rejects what is pending, and that may be heard of before the end itself.
      if (this.#connection?.rpc !== rpc) throw new CodedError("inference/process-exited", {}, { cause: error });
      throw error;
    }
  }

  #connect(): Connection {
    if (this.#isDisposed) throw new CodedError("inference/process-exited");
    if (this.#connection) return this.#connection;
    const { program, storeFile, execPath, onLog } = this.#options;
    const child = fork(program, [storeFile ?? ""], {
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Inspector and loader flags of the host must not reach the child.
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ELECTRON_RUN_AS_NODE: "1" },
      ...(execPath ? { execPath } : {}),
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", onLog);
    const rpc = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    const exited = new Promise<void>((resolve) => {
      const gone = () => {
        if (this.#connection?.child === child) this.#connection = null;
        rpc.dispose();
        resolve();
      };
      child.once("exit", gone);
      child.once("error", gone);
    });
    rpc.onError(() => undefined);
    rpc.onNotification(inferenceMethods.rowsScored, ({ runId, scored }: RowsScoredNotification) => {
      this.#runs.get(runId)?.(scored);
    });
    rpc.onNotification(inferenceMethods.warning, (problem: Problem) => this.#options.onWarning(problem));
    rpc.onNotification(hubMethods.progress, (progress: HubProgressNotification) => this.#onDownload(progress));
    rpc.listen();
    this.#connection = { child, rpc, exited };
    return this.#connection;
  }

  /** Ends the process; a run in progress is rejected with `inference/process-exited`. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const connection = this.#connection;
    if (!connection) return;
    connection.child.kill("SIGKILL");
    await connection.exited;
  }
}

function isCodedErrorData(data: unknown): data is CodedErrorData {
  return typeof data === "object" && data !== null && "code" in data && typeof data.code === "string" && "data" in data;
}
