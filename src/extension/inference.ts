import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { EventEmitter, type ExtensionContext, type LogOutputChannel, l10n, Uri } from "vscode";
import type { Problem } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { InferenceClient } from "../inference/client.ts";
import type { InferenceAnswers, RowsScoredNotification } from "../protocol/inference.ts";
import type { InspectionAnswers, InspectionRequests } from "../protocol/inspection.ts";
import { cachedModelName } from "./modelFolders.ts";
import { modelPathSetting, nonCausalSetting } from "./settings.ts";

export type ModelIdentity = InferenceAnswers["model/open"];
type ScoredRow = RowsScoredNotification["scored"][number];

/** The model in use and the process that runs it. Nothing is started before the first score is asked for. */
export class Inference {
  readonly #extensionContext: ExtensionContext;
  readonly #log: LogOutputChannel;
  readonly #warned = new EventEmitter<Problem>();
  #client: InferenceClient | null = null;
  #connecting: Promise<InferenceClient> | null = null;
  #choice: Promise<void> = Promise.resolve();

  /** What the user should know once, such as a restart of the process or a store that cannot be written. */
  readonly onWarning = this.#warned.event;

  constructor(extensionContext: ExtensionContext, log: LogOutputChannel) {
    this.#extensionContext = extensionContext;
    this.#log = log;
  }

  get bundledModelFolder(): string {
    return Uri.joinPath(this.#extensionContext.extensionUri, "media", "model").fsPath;
  }

  /** Folder of the model in use. */
  get modelFolder(): string {
    return modelPathSetting() || this.bundledModelFolder;
  }

  /** Settles when the choice of a model that is under way has ended: who scores right after choosing means the new one. */
  get modelChosen(): Promise<void> {
    return this.#choice;
  }

  /** Runs a change of the model in use. */
  async chooseModel(change: () => Promise<void>): Promise<void> {
    const choice = change();
    this.#choice = choice.catch(() => undefined);
    await choice;
  }

  /** Process id while the inference process runs. */
  get processId(): number | undefined {
    return this.#client?.processId;
  }

  /** What people call the model of a folder. */
  modelName(modelFolder = this.modelFolder): string {
    if (modelFolder === this.bundledModelFolder) return l10n.t("bundled model");
    return cachedModelName(modelFolder) ?? basename(modelFolder);
  }

  /** @throws CodedError when the folder holds no model that can be used. */
  async openModel(modelFolder: string): Promise<ModelIdentity> {
    const identity = await (await this.#connect()).openModel(this.#asked({ modelFolder }));
    return modelFolder === this.bundledModelFolder ? { ...identity, name: this.modelName(modelFolder) } : identity;
  }

  /** As `InferenceClient.scoreRows`. */
  async scoreRows(
    request: { readonly modelFolder: string; readonly rows: readonly Row[]; readonly storedOnly: boolean },
    signal: AbortSignal,
    onScored: (scored: readonly ScoredRow[]) => void,
  ): Promise<void> {
    return (await this.#connect()).scoreRows(this.#asked({ ...request, answerOnly: false }), signal, onScored);
  }

  /** One row in full: tokens, roles and log-probabilities. */
  async inspectRow(row: Row): Promise<InferenceAnswers["row/inspect"]> {
    return (await this.#connect()).inspectRow(this.#asked({ modelFolder: this.modelFolder, row }));
  }

  /** As `InferenceClient.ask`. */
  async ask<Method extends keyof InspectionRequests>(
    method: Method,
    request: InspectionRequests[Method],
    signal: AbortSignal,
  ): Promise<InspectionAnswers[Method]> {
    return (await this.#connect()).ask(method, this.#asked(request), signal);
  }

  /** A process of its own for models of a hub, to be disposed of by the caller: scoring neither waits for a download nor ends it. */
  async startHub(): Promise<InferenceClient> {
    const { InferenceClient: Client } = await loadClient();
    return new Client({
      program: this.#program,
      storeFile: null,
      onWarning: ({ code, data }) => this.#log.warn(code, JSON.stringify(data)),
      onLog: (text) => this.#log.debug(text.trimEnd()),
    });
  }

  /** A request with what the user allows. */
  #asked<Request extends object>(request: Request): Request & { readonly allowNonCausal: boolean } {
    return { ...request, allowNonCausal: nonCausalSetting() };
  }

  get #program(): string {
    return Uri.joinPath(this.#extensionContext.extensionUri, "dist", "inference.js").fsPath;
  }

  #connect(): Promise<InferenceClient> {
    this.#connecting ??= this.#createClient();
    return this.#connecting;
  }

  async #createClient(): Promise<InferenceClient> {
    const { InferenceClient: Client } = await loadClient();
    this.#client = new Client({
      program: this.#program,
      storeFile: this.#storeFile(this.#extensionContext.globalStorageUri.fsPath),
      onWarning: (problem) => {
        this.#log.warn(problem.code, JSON.stringify(problem.data));
        this.#warned.fire(problem);
      },
      onLog: (text) => this.#log.debug(text.trimEnd()),
    });
    return this.#client;
  }

  /** Scores survive in the user's storage; without such a folder they are scored again, which is said once. */
  #storeFile(folder: string): string | null {
    try {
      mkdirSync(folder, { recursive: true });
      return join(folder, "scores.sqlite");
    } catch (error) {
      this.#log.warn(String(error));
      this.#warned.fire({
        code: "store/unavailable",
        severity: "warning",
        data: { file: folder, reason: String(error) },
      });
      return null;
    }
  }

  async dispose(): Promise<void> {
    this.#warned.dispose();
    await (await this.#connecting)?.dispose();
  }
}

/** Loaded when it is first needed: activation does not pay for the connection's library. */
function loadClient(): Promise<typeof import("../inference/client.ts")> {
  return import("../inference/client.ts");
}
