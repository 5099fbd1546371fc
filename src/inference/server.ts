import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";
import { leakWarning } from "../core/leakWarning.ts";
import { CodedError } from "../core/problem.ts";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import { inspectRow } from "../engine/inspectRow.ts";
import { scoreRows } from "../engine/scoreRows.ts";
import type { ScoreStore } from "../engine/scoreStore.ts";
import {
  type InspectRowRequest,
  inferenceMethods,
  type OpenModelRequest,
  type RowsScoredNotification,
  type ScoreRowsRequest,
  type WarningNotification,
} from "../protocol/inference.ts";
import type { ModelRequest } from "../protocol/modelRequest.ts";
import { answerCoded } from "./codedAnswer.ts";
import { serveHub } from "./hubServer.ts";
import { serveInspection } from "./inspectionServer.ts";

/** What the server serves; the process wires the real ones. */
export interface InferenceRoom {
  /** With `scoresLater` the weights for scoring are loaded with the first row that is scored. */
  readonly openModel: (
    modelFolder: string,
    options: { readonly scoresLater: boolean; readonly allowNonCausal: boolean },
  ) => Promise<InspectableModel>;
  readonly openStore: () => ScoreStore | null;
}

/** Answers the requests of `protocol/inference.ts` on this process's IPC channel, one at a time. */
export function serveInference(room: InferenceRoom): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const models = currentModel(async (folder, options) => {
    const model = await room.openModel(folder, options);
    const warning = leakWarning(model.identity);
    if (warning) void warn(warning);
    return model;
  });
  let store: ScoreStore | null = null;
  let isStoreOpened = false;

  const warn = (problem: WarningNotification) => connection.sendNotification(inferenceMethods.warning, problem);
  const openStoreOnce = (): ScoreStore | null => {
    if (isStoreOpened) return store;
    isStoreOpened = true;
    try {
      store = room.openStore();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      void warn({ code: error.code, severity: "warning", data: error.data });
    }
    return store;
  };

  serve(connection, inferenceMethods.openModel, async (request: OpenModelRequest) => {
    return (await models.use(request)).identity;
  });
  serve(connection, inferenceMethods.scoreRows, async (request: ScoreRowsRequest, signal) => {
    const model = await models.use(request);
    await scoreRows(request.rows, model, openStoreOnce(), {
      answerOnly: request.answerOnly,
      storedOnly: request.storedOnly,
      signal,
      onScored: (scored) => {
        const notification: RowsScoredNotification = { runId: request.runId, scored };
        void connection.sendNotification(inferenceMethods.rowsScored, notification);
      },
      onWarning: (problem) => void warn(problem),
    });
    return null;
  });
  serveInspection((method, answer) =>
    serve(connection, method, async (request: ModelRequest, signal) => {
      return answer(request, await models.use(request, true), signal);
    }),
  );
  serve(connection, inferenceMethods.inspectRow, async (request: InspectRowRequest) => {
    return inspectRow(request.row, await models.use(request));
  });
  serveHub(connection);
  connection.listen();
}

/** Keeps the one model in use open; asking for another releases it first, so that two never share the memory. */
function currentModel(openModel: InferenceRoom["openModel"]): {
  use(request: ModelRequest, scoresLater?: boolean): Promise<InspectableModel>;
} {
  let inUse: ModelRequest | null = null;
  let model: InspectableModel | null = null;
  return {
    async use({ modelFolder, allowNonCausal = false }, scoresLater = false) {
      const isSame = inUse?.modelFolder === modelFolder && inUse.allowNonCausal === allowNonCausal;
      if (model && isSame) return model;
      await model?.release();
      model = null;
      model = await openModel(modelFolder, { scoresLater, allowNonCausal });
      inUse = { modelFolder, allowNonCausal };
      return model;
    },
  };
}

let queue: Promise<unknown> = Promise.resolve();

/** Registers a handler that runs after the requests before it, with its cancellation as an `AbortSignal`. */
function serve<Request, Answer>(
  connection: MessageConnection,
  method: string,
  handle: (request: Request, signal: AbortSignal) => Promise<Answer>,
): void {
  answerCoded(connection, method, (request: Request, signal) => {
    const answer = queue.then(async () => {
      if (signal.aborted) throw new CodedError("cancelled");
      return handle(request, signal);
    });
    queue = answer.catch(() => undefined);
    return answer;
  });
}
