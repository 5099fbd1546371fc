import { CodedError } from "../core/problem.ts";
import type { NormalizerStep } from "./tokenizerParts.ts";

/**
 * A text after some changes, each of its UTF-16 code units knowing the half-open range of the original it stands for.
 * An inserted unit stands for an empty range; units of a character that was changed as a whole all stand for all of it.
 */
export interface AlignedText {
  readonly text: string;
  /** int32 `[code unit]`. */
  readonly starts: Int32Array;
  /** int32 `[code unit]`. */
  readonly ends: Int32Array;
}

interface Unit {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The text itself, standing for its range of the original that begins at `start`. */
export function identityAlignment(text: string, start: number): AlignedText {
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (let idx = 0; idx < text.length; idx++) {
    starts[idx] = start + idx;
    ends[idx] = start + idx + 1;
  }
  return { text, starts, ends };
}

/**
 * Runs a normalizer and keeps track of where every code unit came from.
 * @throws CodedError `model/tokenizer-unsupported` {reason} when the outcome differs from the normalizer's own.
 */
export function normalizeAligned(normalizer: NormalizerStep | null, original: AlignedText): AlignedText {
  if (!normalizer) return original;
  const aligned = applyStep(normalizer, original);
  if (aligned.text !== normalizer.normalize(original.text)) {
    const type = String(normalizer.config.type);
    throw new CodedError("model/tokenizer-unsupported", {
      reason: `its ${type} normalizer cannot be traced back to the text`,
    });
  }
  return aligned;
}

function applyStep(step: NormalizerStep, current: AlignedText): AlignedText {
  switch (step.config.type) {
    case "Sequence":
      return (step.normalizers ?? []).reduce((text, inner) => (inner ? applyStep(inner, text) : text), current);
    case "Prepend":
      return prepend(String(step.config.prepend), current);
    case "Replace":
      return step.pattern ? replaceMatches(current, step.pattern, String(step.config.content ?? "")) : current;
    case "Strip":
      return strip(step, current);
    default:
      return byCluster(step, current);
  }
}

/** Puts text in front that stands for nothing. */
export function prepend(prefix: string, { text, starts, ends }: AlignedText): AlignedText {
  const at = starts[0] ?? 0;
  const empty = new Array<number>(prefix.length).fill(at);
  return {
    text: prefix + text,
    starts: Int32Array.from([...empty, ...starts]),
    ends: Int32Array.from([...empty, ...ends]),
  };
}

function strip(step: NormalizerStep, { text, starts, ends }: AlignedText): AlignedText {
  const stripped = step.normalize(text);
  const from = step.config.strip_left ? text.length - text.trimStart().length : 0;
  const to = from + stripped.length;
  return { text: stripped, starts: starts.slice(from, to), ends: ends.slice(from, to) };
}

/** Replaces every match; each unit of the replacement stands for the whole match. */
export function replaceMatches(current: AlignedText, pattern: RegExp, content: string): AlignedText {
  const units: Unit[] = [];
  let done = 0;
  for (const match of current.text.matchAll(pattern)) {
    for (; done < match.index; done++) units.push(unitAt(current, done, 1));
    units.push({ ...unitAt(current, match.index, match[0].length), text: content });
    done = match.index + match[0].length;
  }
  if (units.length === 0) return current;
  for (; done < current.text.length; done++) units.push(unitAt(current, done, 1));
  return fromUnits(units);
}

// What can be changed by Unicode normalization only as a whole: a base character with its marks, Hangul letters.
const clusterPattern = /[\u1100-\u115F\uA960-\uA97C\uAC00-\uD7A3]*[\u1160-\u11FF\uD7B0-\uD7FB]+|\P{M}?\p{M}+|[\s\S]/gu;

/** For changes that touch each character by itself: Unicode normal forms, case, accents. */
function byCluster(step: NormalizerStep, current: AlignedText): AlignedText {
  if (step.normalize(current.text) === current.text) return current;
  const units: Unit[] = [];
  for (const { 0: cluster, index } of current.text.matchAll(clusterPattern)) {
    const changed = step.normalize(cluster);
    if (changed === cluster) for (let idx = 0; idx < cluster.length; idx++) units.push(unitAt(current, index + idx, 1));
    else units.push({ ...unitAt(current, index, cluster.length), text: changed });
  }
  return fromUnits(units);
}

function unitAt({ text, starts, ends }: AlignedText, idx: number, length: number): Unit {
  const start = starts[idx] ?? ends[idx - 1] ?? 0;
  return { text: text.slice(idx, idx + length), start, end: length === 0 ? start : (ends[idx + length - 1] ?? start) };
}

function fromUnits(units: readonly Unit[]): AlignedText {
  const text = units.map((unit) => unit.text).join("");
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  let at = 0;
  for (const unit of units) {
    starts.fill(unit.start, at, at + unit.text.length);
    ends.fill(unit.end, at, at + unit.text.length);
    at += unit.text.length;
  }
  return { text, starts, ends };
}
