import { homedir } from "node:os";
import { join } from "node:path";
import { CodedError } from "../core/problem.ts";

/** Where models come from, and who asks. */
export interface HubAccess {
  /** Address of the hub or of a mirror, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint alone, and never part of a message. */
  readonly token?: string;
}

/** What a person set, in the order of preference: a setting or option, then the environment, then the default. */
export interface HubSettings {
  readonly endpoint?: string;
  readonly token?: string;
  readonly cacheFolder?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

const publicHub = "https://huggingface.co";

/**
 * Address and token: of the settings, else of HF_ENDPOINT and HF_TOKEN, as every tool for the hub reads them.
 * @throws CodedError `hub/endpoint-invalid` {endpoint}.
 */
export function hubAccess(settings: HubSettings = {}, variables: Variables = process.env): HubAccess {
  const text = settings.endpoint?.trim() || variables.HF_ENDPOINT?.trim() || publicHub;
  const token = settings.token?.trim() || variables.HF_TOKEN?.trim();
  return { endpoint: checkedEndpoint(text), ...(token ? { token } : {}) };
}

function checkedEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isAddress = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  // A password in the address would end up in messages; the token has a place of its own.
  if (!isAddress || url.username !== "" || url.password !== "") {
    throw new CodedError("hub/endpoint-invalid", { endpoint: url === null ? text : url.origin });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** The cache that all tools for the hub share: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. */
export function hubCacheFolder(settings: HubSettings = {}, variables: Variables = process.env): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = variables;
  const folder = settings.cacheFolder?.trim() || HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE;
  if (folder) return inHome(folder);
  return join(inHome(HF_HOME || join(XDG_CACHE_HOME || "~/.cache", "huggingface")), "hub");
}

function inHome(path: string): string {
  return path.replace(/^~(?=$|[\\/])/, () => homedir());
}
