import { CodedError } from "../core/problem.ts";

/** A repository of models on a hub, and one of its states. */
export interface HubId {
  /** `organisation/name`; a few old models have a name alone. */
  readonly id: string;
  /** Branch, tag or commit; null where none was named. */
  readonly revision: string | null;
}

/** What the hub calls the newest state of a repository. */
export const defaultRevision = "main";

// The hub's own rule for repository names: letters, digits, `-`, `_`, `.`, and neither `--` nor `..`, because the
// cache writes `/` as `--`.
const namePart = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;
const commitHash = /^[0-9a-f]{40}$/;
/** Names that Windows gives to devices, with any ending. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const mostNameLength = 1024;

/**
 * Reads `organisation/name` or `organisation/name@revision`.
 * @throws CodedError `hub/id-invalid` {id}.
 */
export function parseHubId(text: string): HubId {
  const at = text.indexOf("@");
  const id = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? null : text.slice(at + 1);
  const isRevision = revision === null || isSafeName(revision);
  if (!isHubId(id) || !isRevision) throw new CodedError("hub/id-invalid", { id: text });
  return { id, revision };
}

/** Says whether a text could name a repository on a hub. */
export function isHubId(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 && parts.every((part) => namePart.test(part)) && !text.endsWith(".git");
}

export function isCommitHash(text: string): boolean {
  return commitHash.test(text);
}

/**
 * Says whether a name with `/` stays inside the folder it is joined to, on every system: a list of files comes from a
 * stranger, and what Windows takes for a device or a drive must not depend on where the list is read.
 */
export function isSafeName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (name.length > mostNameLength || /[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(name)) return false;
  return name
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && part.length <= 255 && !deviceName.test(part));
}
