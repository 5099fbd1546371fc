import { type CancellationToken, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import { CodedError } from "../core/problem.ts";
import type { CodedErrorData } from "../protocol/inference.ts";

/** JSON-RPC error number of every coded error; the code itself is in the data. */
const codedErrorNumber = -32000;

/** Registers a handler with the request's cancellation as an `AbortSignal`; coded errors reach the door as plain data. */
export function answerCoded<Request, Answer>(
  connection: MessageConnection,
  method: string,
  handle: (request: Request, signal: AbortSignal) => Promise<Answer>,
): void {
  connection.onRequest(method, (request: Request, token: CancellationToken) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    return handle(request, controller.signal).catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
      const data: CodedErrorData = { code: error.code, data: error.data };
      throw new ResponseError(codedErrorNumber, error.message, data);
    });
  });
}
