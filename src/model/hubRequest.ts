import { setTimeout as delay } from "node:timers/promises";
import { CodedError } from "../core/problem.ts";
import type { HubAccess } from "./hubAccess.ts";

/** A request to the hub: what is asked for, and how to say that it is not there. */
export interface HubRequest {
  /** Path and query below the endpoint, beginning with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The facts of `hub/not-found` and `hub/gated`: the model, the revision, the file. */
  readonly subject: { readonly id: string; readonly revision: string; readonly file?: string };
  readonly signal: AbortSignal;
}

const maxRedirects = 8;
/** What may pass by itself: time-outs, too many requests, a hub that is restarted. */
const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);
const passingCodes = new Set(["hub/unreachable", "hub/connection-lost", "hub/busy"]);

/** Says whether asking again may help. */
export function isPassing(error: unknown): error is CodedError {
  return error instanceof CodedError && passingCodes.has(error.code);
}

/**
 * Asks the hub and follows its redirects; the answer has status 200 or 206, or 416 where a range was asked for.
 *
 * Redirects are followed here and not by fetch, so that it can be seen that the token goes to the endpoint's own
 * origin alone: files lie on other hosts, behind addresses that are signed already.
 * @throws CodedError `hub/unreachable` {endpoint, reason}, `hub/not-found` {reason, id, revision, file, endpoint},
 * `hub/gated` {reason, id, endpoint}, `hub/busy` {status, endpoint}, `hub/refused` {status, endpoint},
 * `hub/redirect-refused` {endpoint, target}, `hub/cancelled`.
 */
export async function askHub(access: HubAccess, request: HubRequest): Promise<Response> {
  let url = new URL(`${access.endpoint}${request.path}`);
  for (let nRedirects = 0; nRedirects <= maxRedirects; nRedirects++) {
    const response = await fetchOnce(url, access, request);
    if (response.status < 300 || response.status > 399) return checked(response, access, request);
    await response.body?.cancel();
    url = redirectTarget(response, url, access);
  }
  throw new CodedError("hub/redirect-refused", { endpoint: access.endpoint, target: url.origin });
}

async function fetchOnce(url: URL, access: HubAccess, request: HubRequest): Promise<Response> {
  const isEndpoint = url.origin === new URL(access.endpoint).origin;
  const headers = {
    // Sizes and ranges count the bytes of the file, not of a compressed form of it.
    "accept-encoding": "identity",
    "user-agent": "context-reliance",
    ...request.headers,
    ...(access.token && isEndpoint ? { authorization: `Bearer ${access.token}` } : {}),
  };
  try {
    return await fetch(url, { headers, redirect: "manual", signal: request.signal });
  } catch (error) {
    throw networkFault(error, request.signal, (reason) => {
      // The path of a signed address is a secret of its own.
      return new CodedError("hub/unreachable", { endpoint: url.origin, reason }, { cause: error });
    });
  }
}

/** Turns what fetch throws into a code: the person's cancelling, or a fault of the network. */
export function networkFault(error: unknown, signal: AbortSignal, fault: (reason: string) => CodedError): unknown {
  if (error instanceof CodedError) return error;
  if (signal.aborted && isCancelling(signal.reason)) return new CodedError("hub/cancelled", {}, { cause: error });
  if (signal.aborted) return fault("no data came in time");
  // fetch rejects with a TypeError whose cause says what happened; anything else is a mistake in this program.
  if (!(error instanceof TypeError)) return error;
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string };
  return fault(code ?? message ?? "unknown");
}

function isCancelling(reason: unknown): boolean {
  return !(reason instanceof Error && reason.name === "TimeoutError");
}

function redirectTarget(response: Response, url: URL, access: HubAccess): URL {
  const location = response.headers.get("location");
  const target = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : null;
  const isAllowed =
    target && (target.protocol === "https:" || (target.protocol === "http:" && url.protocol === "http:"));
  if (isAllowed) return target;
  const { endpoint } = access;
  throw new CodedError("hub/redirect-refused", { endpoint, target: target ? target.origin : "nowhere" });
}

async function checked(response: Response, access: HubAccess, { subject, headers }: HubRequest): Promise<Response> {
  const { status } = response;
  if (status === 200 || (headers?.range !== undefined && (status === 206 || status === 416))) return response;
  const errorCode = response.headers.get("x-error-code");
  await response.body?.cancel();
  const { endpoint } = access;
  const { id, revision, file } = subject;
  if (passingStatuses.has(status)) {
    const retryAfter = Number(response.headers.get("retry-after"));
    throw new CodedError("hub/busy", {
      status,
      endpoint,
      ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
    });
  }
  if (errorCode === "GatedRepo") throw new CodedError("hub/gated", { reason: "terms", id, endpoint });
  if (status === 404 || errorCode === "RepoNotFound") {
    const reason = missingPart(errorCode, file);
    throw new CodedError("hub/not-found", { reason, id, revision, endpoint, ...(file === undefined ? {} : { file }) });
  }
  // The hub answers 401 for what is private and, to strangers, for what does not exist.
  if (status === 401 || status === 403) {
    throw new CodedError("hub/gated", { reason: access.token ? "token" : "login", id, endpoint });
  }
  throw new CodedError("hub/refused", { status, endpoint });
}

function missingPart(errorCode: string | null, file: string | undefined): string {
  if (errorCode === "RevisionNotFound") return "revision";
  if (errorCode === "EntryNotFound" || (errorCode === null && file !== undefined)) return "file";
  return "model";
}

/** Waits before asking again. @throws CodedError `hub/cancelled`. */
export async function waitForHub(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw new CodedError("hub/cancelled", {}, { cause: error });
  }
}
