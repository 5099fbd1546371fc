import { memo } from "preact/compat";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { natsText } from "../../src/figure/numberText.ts";
import { clipToCells } from "../../src/figure/textCells.ts";
import { textDirection } from "../../src/figure/textDirection.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensRow } from "../../src/protocol/lens.ts";
import { type AnswerToken, answerFigure, answerTokens, leastGain, markedT90 } from "../figures/answerFigures.ts";
import { useAnswer, useLens } from "../lensContext.ts";
import { markChosen, rovingTarget } from "../rovingFocus.ts";
import { say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";
import { TokenDetail } from "./tokenDetail.tsx";

/** Nats at which a token's colour is full, as in the figure that is saved. */
const saturationNats = 3;

/** The answer token by token: where the context made it likelier, where less likely, and from where it follows by itself. */
export function AnswerStrip() {
  const { row, state } = useLens();
  const { value: figures } = useAnswer({ method: "row/figures" });
  const [pointed, setPointed] = useState<number | null>(null);
  const tokens = answerTokens(row);
  const chosen = Math.min(state.tokenIdx, tokens.length - 1);
  return (
    <section class="answer">
      <FigureBox figure={answerFigure(row, figures)}>
        <Strip tokens={tokens} chosen={chosen} onPoint={setPointed} />
        <StripKey hasContext={row.closed !== null} />
      </FigureBox>
      <TokenDetail tokenIdx={pointed ?? chosen} figures={figures} />
    </section>
  );
}

interface StripProps {
  readonly tokens: readonly AnswerToken[];
  readonly chosen: number;
  /** Called with the token under the pointer, null where there is none. */
  readonly onPoint: (tokenIdx: number | null) => void;
}

function Strip({ tokens, chosen, onPoint }: StripProps) {
  const { row, dispatch } = useLens();
  const strip = useRef<HTMLDivElement>(null);
  const direction = textDirection(tokens.map(({ text }) => text));
  useChosenOption(strip, chosen, row.rowId);
  const indexOf = (event: Event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-token]") : null;
    return option ? Number(option.dataset.token) : null;
  };
  const choose = (tokenIdx: number) => dispatch({ type: "token", tokenIdx });
  return (
    <div
      ref={strip}
      class="strip"
      role="listbox"
      aria-label={say("Answer tokens by context gain")}
      aria-orientation="horizontal"
      dir={direction}
      onKeyDown={(event) => {
        const target = rovingTarget(optionsOf(event.currentTarget), chosen, event.key, direction);
        if (target === null) return;
        event.preventDefault();
        choose(target);
        optionsOf(event.currentTarget)[target]?.focus();
      }}
      onClick={(event) => choose(indexOf(event) ?? chosen)}
      onMouseOver={(event) => onPoint(indexOf(event))}
      onMouseLeave={() => onPoint(null)}
      onFocus={() => undefined}
    >
      <StripTokens row={row} tokens={tokens} />
    </div>
  );
}

/** Keeps one option reachable by Tab; done on the elements, so that choosing costs the same for any number of tokens. */
function useChosenOption(strip: { current: HTMLDivElement | null }, chosen: number, rowId: number): void {
  const before = useRef(0);
  useLayoutEffect(() => {
    if (!strip.current) return;
    markChosen(optionsOf(strip.current), before.current, chosen);
    before.current = chosen;
  }, [chosen, rowId]);
}

export function optionsOf(container: HTMLElement): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>("[role=option]")];
}

interface StripTokensProps {
  readonly row: LensRow;
  readonly tokens: readonly AnswerToken[];
}

const StripTokens = memo(
  ({ row, tokens }: StripTokensProps) => (
    <>
      {tokens.map((token, t) => (
        <>
          <StripToken key={`${row.rowId}-${t}`} token={token} t={t} />
          {markedT90(row.measures) === t + 1 && t + 1 < tokens.length && (
            <span class="t90" key="t90">
              <span class="t90-words" dir="ltr">
                {say("90 % gained: the rest follows from the answer itself")}
              </span>
            </span>
          )}
        </>
      ))}
    </>
  ),
  (before, now) => before.row.rowId === now.row.rowId,
);

function StripToken({ token, t }: { readonly token: AnswerToken; readonly t: number }) {
  const { text, fragment, gain, openLogProb } = token;
  const sign = gain === null || !(Math.abs(gain) >= leastGain) ? "none" : gain > 0 ? "positive" : "negative";
  const strength = sign === "none" ? 0 : Math.ceil(8 * Math.min(1, Math.abs(gain ?? 0) / saturationNats));
  const shown = clipToCells(visibleTokenText(text), 40);
  const number = gain === null ? natsText(openLogProb) : natsText(gain);
  return (
    <span
      role="option"
      class={`token gain-${sign} strength-${strength}`}
      aria-selected="false"
      tabIndex={-1}
      data-token={t}
      aria-label={tokenLabel(token, t)}
    >
      <bdi class="text">
        {shown}
        {fragment !== "" && <sup class="fragment">{fragment}</sup>}
      </bdi>
      <span class="gain" dir="ltr">
        <span class="glyph" aria-hidden="true">
          {sign === "positive" ? "▲" : sign === "negative" ? "▼" : gain === null ? "" : "·"}
        </span>
        {number}
      </span>
    </span>
  );
}

function tokenLabel({ text, gain, openLogProb, closedLogProb }: AnswerToken, t: number): string {
  const facts = {
    place: t + 1,
    token: visibleTokenText(text).slice(0, 80),
    open: natsText(openLogProb),
    closed: natsText(closedLogProb),
    gain: natsText(gain),
  };
  return gain === null
    ? say("token {place}, {token}: log p {open}", facts)
    : say("token {place}, {token}: gain {gain}; log p {open} with the context, {closed} without", facts);
}

function StripKey({ hasContext }: { readonly hasContext: boolean }) {
  if (!hasContext)
    return <p class="note">{say("The row has no context: the numbers are log-probabilities, in nats.")}</p>;
  return (
    <p class="key">
      <span class="entry">
        <span class="token gain-positive strength-6">▲</span> {say("likelier with the context")}
      </span>
      <span class="entry">
        <span class="token gain-negative strength-6">▼</span> {say("less likely with it")}
      </span>
      <span class="entry">
        <span class="token gain-none">·</span> {say("no difference")}
      </span>
      <span class="unit">{say("numbers: gain in nats")}</span>
    </p>
  );
}
