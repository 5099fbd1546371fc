import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";
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
import { answerCoded } from "./codedAnswer.ts";
import { serveHub } from "./hubServer.ts";
import { serveInspection } from "./inspectionServer.ts";

/** What the server serves; the process wires the real ones. */
export interface InferenceRoom {
  /** With `scoresLater` the weights for scoring are loaded with the first row that is scored. */
  readonly openModel: (modelFolder: string, options: { readonly scoresLater: boolean }) => Promise<InspectableModel>;
  readonly openStore: () => ScoreStore | null;
}

/** Answers the requests of `protocol/inference.ts` on this process's IPC channel, one at a time. */
export function serveInference(room: InferenceRoom): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const models = currentModel(room.openModel);
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

  serve(connection, inferenceMethods.openModel, async ({ modelFolder }: OpenModelRequest) => {
    return (await models.use(modelFolder)).identity;
  });
  serve(connection, inferenceMethods.scoreRows, async (request: ScoreRowsRequest, signal) => {
    const model = await models.use(request.modelFolder);
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
    serve(connection, method, async (request: { readonly modelFolder: string }, signal) => {
      return answer(request, await models.use(request.modelFolder, { scoresLater: true }), signal);
    }),
  );
  serve(connection, inferenceMethods.inspectRow, async ({ modelFolder, row }: InspectRowRequest) => {
    return inspectRow(row, await models.use(modelFolder));
  });
  serveHub(connection);
  connection.listen();
}

/** Keeps the one model in use open; asking for another releases it first, so that two never share the memory. */
function currentModel(openModel: InferenceRoom["openModel"]): {
  use(modelFolder: string, options?: { readonly scoresLater: boolean }): Promise<InspectableModel>;
} {
  let folder: string | null = null;
  let model: InspectableModel | null = null;
  return {
    async use(modelFolder, options = { scoresLater: false }) {
      if (model && folder === modelFolder) return model;
      await model?.release();
      model = null;
      model = await openModel(modelFolder, options);
      folder = modelFolder;
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
