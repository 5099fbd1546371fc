import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { shareText } from "../../src/figure/numberText.ts";
import { clipToCells, textCells } from "../../src/figure/textCells.ts";
import { textDirection } from "../../src/figure/textDirection.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensRow } from "../../src/protocol/lens.ts";
import { paintAttention } from "../attentionPaint.ts";
import { promptFigure } from "../figures/attentionFigures.ts";
import { headPool, withoutFirst } from "../headPool.ts";
import { useAnswer, useChoice, useLens, useRested } from "../lensContext.ts";
import { markChosen, rovingTarget } from "../rovingFocus.ts";
import { say } from "../words.ts";
import { optionsOf } from "./answerStrip.tsx";
import { FigureBox } from "./figureBox.tsx";
import { HeadControls } from "./headControls.tsx";
import { Waiting } from "./waiting.tsx";

/** Arrow keys that are held do not ask for every token on the way. */
const askDelayMs = 60;

/** The whole prompt by role; the token that is chosen shows where it looks. */
export function PromptTab() {
  const { row, state } = useLens();
  const [isAtToken, setIsAtToken] = useChoice("prompt/at-token", false);
  const [hasFirst, setHasFirst] = useChoice("prompt/first", false);
  const [looking, setLooking] = useState<{ rowId: number; tokenIdx: number } | null>(null);
  const spoken = row.open.target.start + state.tokenIdx - (isAtToken ? 0 : 1);
  const lookingIdx = looking?.rowId === row.rowId ? looking.tokenIdx : Math.max(0, spoken);
  const answer = useAnswer({ method: "row/token-attention", tokenIdx: useRested(lookingIdx, askDelayMs) });
  const { value } = answer;
  const shares = useMemo(() => {
    if (!value) return null;
    const pooled = headPool(value, state.heads);
    return hasFirst ? pooled : withoutFirst(pooled);
  }, [value, state.heads, hasFirst]);
  const lastTokenIdx = useRef(state.tokenIdx);
  if (lastTokenIdx.current !== state.tokenIdx) {
    lastTokenIdx.current = state.tokenIdx;
    if (looking) setLooking(null);
  }
  const figure = promptFigure(row, shares, lookingIdx);
  const word = visibleTokenText(row.open.texts[lookingIdx] ?? "");
  return (
    <>
      <div class="controls">
        {value && <HeadControls nLayers={value.nLayers} nHeads={value.nHeads} hasAllLayers />}
        <label>
          {say("Look from")}{" "}
          <select
            data-control="position"
            title={say("The model says a token at the place of the token before it.")}
            value={isAtToken ? "token" : "before"}
            onChange={({ currentTarget }) => setIsAtToken(currentTarget.value === "token")}
          >
            <option value="before">{say("the token that predicts it")}</option>
            <option value="token">{say("the answer token itself")}</option>
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={hasFirst}
            onChange={({ currentTarget }) => setHasFirst(currentTarget.checked)}
          />{" "}
          {say("with the first token (attention sink)")}
        </label>
      </div>
      <p class="looking" aria-live="polite">
        <bdi class="token-word">{clipToCells(word, 40)}</bdi>{" "}
        {say("(token {place}) looks at the filled words below.", { place: lookingIdx + 1 })}
        {shares && value && <SinkWords first={headPool(value, state.heads)[0] ?? 0} />}
      </p>
      <Waiting answer={answer} />
      <FigureBox figure={figure} isPending={answer.isPending}>
        <PromptTokens
          shares={shares}
          lookingIdx={lookingIdx}
          onLook={(tokenIdx) => setLooking({ rowId: row.rowId, tokenIdx })}
        />
        <RoleKey row={row} />
      </FigureBox>
    </>
  );
}

function SinkWords({ first }: { readonly first: number }) {
  return (
    <span class="quiet">
      {say("{share} of its attention goes to the first token.", { share: shareText(first, 1) })}
    </span>
  );
}

interface PromptTokensProps {
  readonly shares: Float32Array | null;
  readonly lookingIdx: number;
  readonly onLook: (tokenIdx: number) => void;
}

function PromptTokens({ shares, lookingIdx, onLook }: PromptTokensProps) {
  const { row } = useLens();
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  const direction = textDirection(row.open.texts);
  useLayoutEffect(() => {
    if (!list.current) return;
    markChosen(optionsOf(list.current), before.current, lookingIdx);
    before.current = lookingIdx;
    reveal(list.current, optionsOf(list.current)[lookingIdx]);
  }, [lookingIdx, row.rowId]);
  useLayoutEffect(() => {
    return list.current ? paintAttention(list.current, optionsOf(list.current), shares) : undefined;
  }, [shares, row.rowId]);
  const indexOf = (event: Event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-token]") : null;
    return option ? Number(option.dataset.token) : null;
  };
  return (
    <div
      ref={list}
      class="prompt"
      role="listbox"
      aria-label={say("The prompt, token by token")}
      dir={direction}
      onKeyDown={(event) => {
        const options = optionsOf(event.currentTarget);
        const target = rovingTarget(options, lookingIdx, event.key, direction);
        if (target === null) return;
        event.preventDefault();
        onLook(target);
        options[target]?.focus();
      }}
      onClick={(event) => onLook(indexOf(event) ?? lookingIdx)}
      onMouseOver={(event) => {
        const tokenIdx = indexOf(event);
        const option = tokenIdx === null ? undefined : optionsOf(event.currentTarget)[tokenIdx];
        if (option && tokenIdx !== null) option.title = shareText(shares?.[tokenIdx] ?? 0, 1);
      }}
      onFocus={() => undefined}
    >
      <PromptSpans row={row} />
    </div>
  );
}

const PromptSpans = memo(
  ({ row }: { readonly row: LensRow }) => {
    const { texts } = row.open;
    const breaks = lineBreaks(row.open);
    const names = roleNames(row.open, breaks);
    const parts = (start: number, end: number) =>
      Array.from({ length: end - start }, (_, k) => {
        const i = start + k;
        const part = <Part key={i} row={row} i={i} />;
        return breaks.has(i) ? [<wbr key={`${i}/start`} />, part] : part;
      });
    const nodes: ComponentChildren[] = [];
    for (let i = 0; i < texts.length; ) {
      const name = names.get(i);
      const end = name?.end ?? i + 1;
      nodes.push(
        name ? (
          <span class="named" key={`${i}/name`}>
            <span class="role-name" aria-hidden="true">
              {name.words}
            </span>
            {parts(i, end)}
          </span>
        ) : (
          parts(i, end)
        ),
      );
      // The prompt's own lines end as they do.
      if (texts[end - 1]?.includes("\n")) nodes.push(<br key={`${i}/end`} />);
      i = end;
    }
    return <>{nodes}</>;
  },
  (before, now) => before.row.rowId === now.row.rowId,
);

function Part({ row, i }: { readonly row: LensRow; readonly i: number }) {
  const shown = visibleTokenText(row.open.texts[i] ?? "");
  const fragment = row.open.fragments[i];
  return (
    <span
      role="option"
      class={partClasses(row, i, shown)}
      aria-selected="false"
      tabIndex={-1}
      data-token={i}
      aria-label={say("{role}: {token}", { role: roleAt(row, i), token: shown.slice(0, 80) })}
    >
      <bdi>{clipToCells(shown, 60)}</bdi>
      {fragment !== "" && <sup class="fragment">{fragment}</sup>}
    </span>
  );
}

function roleAt({ open }: LensRow, i: number): string {
  return open.roles[i] ?? "template";
}

function partClasses(row: LensRow, i: number, shown: string): string {
  const { target } = row.open;
  const classes = ["part", `cr-role-${roleAt(row, i)}`];
  if (i >= target.start && i < target.end) classes.push("target");
  // A character takes two cells at most.
  if (shown.length > mostWholeCells / 2 && textCells(shown) > mostWholeCells) classes.push("wide");
  return classes.join(" ");
}

/** Shows a token by moving the box that it is in and never the page: what it looks at is mostly above it. */
function reveal(box: HTMLElement, token: HTMLElement | undefined): void {
  if (!token || box.scrollHeight <= box.clientHeight) return;
  const { offsetTop, offsetHeight } = token;
  const isSeen = offsetTop >= box.scrollTop && offsetTop + offsetHeight <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTop = offsetTop - box.clientHeight * 0.7;
}

/** A word of tokens up to this wide stays whole: it fits into the narrowest panel. */
const mostWholeCells = 22;

/** The tokens before which a line may end: those that begin a word, and every token of a word that is too long for a line. */
function lineBreaks({ texts, roles, fragments }: LensRow["open"]): ReadonlySet<number> {
  const breaks = new Set<number>();
  for (let start = 0; start < texts.length; ) {
    // A line end belongs to what it ends.
    if (!texts[start]?.startsWith("\n")) breaks.add(start);
    let nCells = 0;
    let end = start;
    do {
      nCells += textCells((texts[end] ?? "").slice(0, 80)) + (fragments[end] === "" ? 0 : 2);
      end++;
    } while (
      end < texts.length &&
      roles[end] === roles[start] &&
      !/\s$/.test(texts[end - 1] ?? "") &&
      !/^(?!\n)\s/.test(texts[end] ?? "")
    );
    if (nCells > mostWholeCells) for (let i = start; i < end; i++) breaks.add(i);
    start = end;
  }
  return breaks;
}

interface RoleName {
  readonly words: string;
  /** The name stands above the words up to here, as many as are as wide as it. */
  readonly end: number;
}

/** What stands above the first words of each role, by the first of their tokens. */
function roleNames({ texts, roles }: LensRow["open"], breaks: ReadonlySet<number>): Map<number, RoleName> {
  const names = new Map<number, RoleName>();
  for (let start = 0; start < texts.length; ) {
    let roleEnd = start + 1;
    while (roleEnd < texts.length && roles[roleEnd] === roles[start]) roleEnd++;
    // White space before a role's words is often the last thing on a line: the name stands above the words.
    let first = start;
    while (first < roleEnd && texts[first]?.trim() === "") first++;
    if (first < roleEnd) {
      const words = roles[start] ?? "";
      const namePx = words.length * nameCharacterPx;
      let widthPx = 0;
      let end = first;
      do {
        widthPx += textCells((texts[end] ?? "").slice(0, 80)) * tokenCellPx;
        end++;
      } while (end < roleEnd && !texts[end - 1]?.includes("\n") && (widthPx < namePx || !breaks.has(end)));
      names.set(first, { words, end });
    }
    start = roleEnd;
  }
  return names;
}

/** About the width of a character of the prompt, and of the small names above it. */
const tokenCellPx = 7;
const nameCharacterPx = 6.2;

function RoleKey({ row }: { readonly row: LensRow }) {
  const present = [...new Set(row.open.roles)];
  return (
    <p class="key">
      {present.map((role) => (
        <span key={role} class={`part cr-role-${role}`}>
          {role}
        </span>
      ))}
      <span class="unit">{say("line: role · fill: share of attention")}</span>
    </p>
  );
}
