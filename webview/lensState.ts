import type { HeadPosition } from "../src/core/attentionLedger.ts";
import type { LensNotice, LensPlace, LensRow, LensSource } from "../src/protocol/lens.ts";

/** The parts of the lens below the answer. */
export const tabNames = ["prompt", "ledger", "pattern", "steering", "decoding", "ablation", "methods"] as const;
export type TabName = (typeof tabNames)[number];

/** What the attention of a token is taken over: one layer or all, one head or all pooled. */
export interface HeadChoice {
  /** Null for all layers. */
  readonly layerIdx: number | null;
  readonly head: number | "mean" | "max";
}

export interface LensState {
  readonly row: LensRow | null;
  readonly source: LensSource | null;
  readonly isFollowing: boolean;
  /** What is going on while there is no row to show. */
  readonly busy: string | null;
  readonly problem: string | null;
  /** Where the row would be that cannot be shown. */
  readonly problemPlace: LensPlace | null;
  /** A prompt is being typed. */
  readonly isTyping: boolean;
  readonly tab: TabName;
  /** The answer token that is looked at, counted from 0. */
  readonly tokenIdx: number;
  readonly heads: HeadChoice;
  /** Heads picked to be steered, by layer and head. */
  readonly picked: readonly HeadPosition[];
  /** Hash of the model whose heads they are: a head of one model is not the head of the same number of another. */
  readonly headsOf: string | null;
}

export type LensAction =
  | LensNotice
  | { readonly type: "tab"; readonly tab: TabName }
  | { readonly type: "token"; readonly tokenIdx: number }
  | { readonly type: "heads"; readonly heads: HeadChoice }
  /** Picks a head, or lays it back where it is picked already. */
  | { readonly type: "pick"; readonly head: HeadPosition }
  | { readonly type: "clear-picked" }
  | { readonly type: "typing"; readonly isTyping: boolean };

export const firstState: LensState = {
  row: null,
  source: null,
  isFollowing: true,
  busy: null,
  problem: null,
  problemPlace: null,
  isTyping: false,
  tab: "prompt",
  tokenIdx: 0,
  heads: { layerIdx: null, head: "mean" },
  picked: [],
  headsOf: null,
};

/** The state after a notice of the host or a choice of the user. What was chosen for one row holds for the next where it can. */
export function lensState(state: LensState, action: LensAction): LensState {
  switch (action.type) {
    case "source": {
      const { source, isFollowing } = action;
      const isEmpty = source.kind === "scratch" && source.input.messages.every(({ text }) => text.trim() === "");
      const isNew = source.kind !== state.source?.kind;
      return { ...state, source, isFollowing, isTyping: isEmpty || (state.isTyping && !isNew) };
    }
    case "row":
      return withRow(state, action.row);
    case "busy":
      return { ...state, busy: action.sentence, problem: null };
    case "problem":
      // The numbers of another row do not stay beside it.
      return { ...state, row: null, busy: null, problem: action.sentence, problemPlace: action.place };
    case "tab":
      return { ...state, tab: action.tab };
    case "token":
      return { ...state, tokenIdx: action.tokenIdx };
    case "heads":
      return { ...state, heads: action.heads };
    case "pick":
      return { ...state, picked: withToggled(state.picked, action.head) };
    case "clear-picked":
      return { ...state, picked: [] };
    case "typing":
      return { ...state, isTyping: action.isTyping };
    default:
      return state;
  }
}

function withRow(state: LensState, row: LensRow): LensState {
  const isSame = state.row?.rowId === row.rowId;
  const tokenIdx = isSame ? state.tokenIdx : mostGainedToken(row);
  const { modelHash } = row.model;
  const isOther = state.headsOf !== null && state.headsOf !== modelHash;
  const { heads, picked } = isOther ? firstState : state;
  return { ...state, row, busy: null, problem: null, tokenIdx, heads, picked, headsOf: modelHash, isTyping: false };
}

function withToggled(picked: readonly HeadPosition[], head: HeadPosition): HeadPosition[] {
  const others = picked.filter(({ layerIdx, headIdx }) => layerIdx !== head.layerIdx || headIdx !== head.headIdx);
  if (others.length < picked.length) return others;
  return [...others, head].sort((a, b) => a.layerIdx - b.layerIdx || a.headIdx - b.headIdx);
}

/** The answer token that the context changes most: what a reader wants to see first. */
export function mostGainedToken({ open, closed }: LensRow): number {
  let most = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (const [t, openLogProb] of open.logProbs.entries()) {
    const gain = openLogProb - (closed?.logProbs[t] ?? openLogProb);
    if (gain > largest) {
      largest = gain;
      most = t;
    }
  }
  return most;
}

/** The state as it is kept over a reload: what is shown and how, not the numbers. */
export function keptState({ source, isFollowing, tab, heads, picked, headsOf }: LensState): object {
  return { source, isFollowing, tab, heads, picked, headsOf };
}

/** Choices of the parts as they were kept; each is used where its kind is still the one that is asked for. */
export function restoredChoices(kept: unknown): Map<string, unknown> {
  return new Map(isRecord(kept) && isRecord(kept.choices) ? Object.entries(kept.choices) : []);
}

/** The first state of a page, with what the editor kept of the one before it. */
export function restoredState(kept: unknown): LensState {
  if (!isRecord(kept)) return firstState;
  const tab = tabNames.find((name) => kept.tab === name) ?? firstState.tab;
  const { heads, picked, headsOf } = kept;
  if (typeof headsOf !== "string" || !isHeadChoice(heads) || !Array.isArray(picked) || !picked.every(isPosition))
    return { ...firstState, tab };
  return { ...firstState, tab, heads, picked, headsOf };
}

/** The head that is looked at: the one that was chosen, or another where layers or heads are pooled. */
export function chosenHead({ layerIdx, head }: HeadChoice, otherwise: HeadPosition): HeadPosition {
  return layerIdx !== null && typeof head === "number" ? { layerIdx, headIdx: head } : otherwise;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPosition(value: unknown): value is HeadPosition {
  return isRecord(value) && isIndex(value.layerIdx) && isIndex(value.headIdx);
}

function isHeadChoice(value: unknown): value is HeadChoice {
  if (!isRecord(value) || !(value.layerIdx === null || isIndex(value.layerIdx))) return false;
  return value.head === "mean" || value.head === "max" || isIndex(value.head);
}
