/** Names of the messages about models of a hub; a door sends them to a process that does nothing else. */
export const hubMethods = {
  cached: "hub/cached",
  offer: "hub/offer",
  download: "hub/download",
  progress: "hub/progress",
} as const;

export interface CachedModelEntry {
  readonly id: string;
  /** The model's folder. */
  readonly folder: string;
  /** Best first. */
  readonly dtypes: readonly string[];
  readonly sizeBytes: number;
}

/** Door to process: what does a hub offer of this model? */
export interface HubOfferRequest {
  /** `organisation/name` or `organisation/name@revision`. */
  readonly model: string;
  /** Address of the hub; empty for the one of the environment, or the public one. */
  readonly endpoint: string;
}

/** One of the forms that a model comes in. */
export interface HubOfferEntry {
  readonly dtype: string;
  /** All files that are needed, together. */
  readonly sizeBytes: number;
}

export interface HubOffer {
  /** The model at the commit that its branch stands for now: what the offer is about and the download loads. */
  readonly model: string;
  /** Best first; empty where the repository has no ONNX model. */
  readonly choices: readonly HubOfferEntry[];
}

/** Door to process: load this model; `hub/progress` notifications say how far it is. The answer is its folder. */
export interface HubDownloadRequest extends HubOfferRequest {
  readonly dtype: string;
}

/** Process to door: so much of the download is here. */
export interface HubProgressNotification {
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Null until there is something to tell it from. */
  readonly bytesPerSecond: number | null;
}

/** The answers, by method. */
export interface HubAnswers {
  readonly "hub/cached": readonly CachedModelEntry[];
  readonly "hub/offer": HubOffer;
  readonly "hub/download": string;
}
