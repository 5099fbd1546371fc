import { createContext } from "preact";
import { useContext, useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { LensAnswers, LensQuestion, LensRow } from "../src/protocol/lens.ts";
import { type Host, SupersededError } from "./host.ts";
import type { LensAction, LensState } from "./lensState.ts";

/** What every part of the page is given. */
export interface Lens {
  readonly host: Host;
  readonly state: LensState;
  readonly row: LensRow;
  readonly dispatch: (action: LensAction) => void;
  /** Answers about the row that is shown, by question. */
  readonly answers: Map<string, unknown>;
  /** What was chosen in parts that are not on the screen now, by name. */
  readonly choices: Map<string, unknown>;
  /** Has the editor keep what is shown and chosen. */
  readonly keep: () => void;
}

export const LensContext = createContext<Lens | null>(null);

export function useLens(): Lens {
  const lens = useContext(LensContext);
  if (!lens) throw new Error("used outside of the lens");
  return lens;
}

/** An answer as it comes in; while a new one is on its way the one before it stays, so that nothing flashes. */
export interface Answer<Value> {
  readonly value: Value | null;
  readonly isPending: boolean;
  readonly failure: string | null;
}

/** Asks as long as the question stands; null asks nothing. Answers are kept until another row is shown. */
export function useAnswer<Question extends LensQuestion>(
  question: Question | null,
): Answer<LensAnswers[Question["method"]]> {
  const { host, row, answers } = useLens();
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [failure, setFailure] = useState<{ rowId: number; key: string; sentence: string } | null>(null);
  const last = useRef<{ rowId: number; value: LensAnswers[Question["method"]] } | null>(null);
  const key = question === null ? null : questionKey(question);
  const known = key === null ? undefined : (answers.get(key) as LensAnswers[Question["method"]] | undefined);
  if (known !== undefined) last.current = { rowId: row.rowId, value: known };
  useEffect(() => {
    if (question === null || key === null || answers.has(key)) return;
    const abort = new AbortController();
    host.ask(row.rowId, question, abort.signal).then(
      (value) => {
        answers.set(key, value);
        redraw(0);
      },
      (error: Error) => {
        if (!(error instanceof SupersededError)) setFailure({ rowId: row.rowId, key, sentence: error.message });
      },
    );
    return () => abort.abort();
  }, [row.rowId, key]);
  const before = key !== null && last.current?.rowId === row.rowId ? last.current.value : null;
  const failed = failure?.rowId === row.rowId && failure.key === key ? failure : null;
  return {
    value: known ?? (failed ? null : before),
    isPending: key !== null && known === undefined && failed === null,
    failure: failed?.sentence ?? null,
  };
}

/** Equal keys for equal questions. */
export function questionKey(question: LensQuestion): string {
  return JSON.stringify(question);
}

/** The width of an element in whole pixels as it changes; 0 before it is laid out. */
export function useWidth<Element extends HTMLElement>(): [{ current: Element | null }, number] {
  const ref = useRef<Element | null>(null);
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidthPx(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, widthPx];
}

/** A choice of the user that is still there when its part of the lens, or the window, comes back. */
export function useChoice<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const { choices, keep } = useLens();
  const known = choices.get(name);
  const isOfKind = known !== undefined && known !== null && (initial === null || typeof known === typeof initial);
  const [value, setValue] = useState(isOfKind ? (known as Value) : initial);
  const choose = (chosen: Value) => {
    choices.set(name, chosen);
    keep();
    setValue(() => chosen);
  };
  return [value, choose];
}

/** A value that follows another once it has rested. */
export function useRested<Value>(value: Value, delayMs: number): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return rested;
}
