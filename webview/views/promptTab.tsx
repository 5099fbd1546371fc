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
            value={isAtToken ? "token" : "before"}
            onChange={({ currentTarget }) => setIsAtToken(currentTarget.value === "token")}
          >
            <option value="before">{say("the place that says the chosen answer token")}</option>
            <option value="token">{say("the chosen answer token itself")}</option>
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
        {say("Token {place} looks:", { place: lookingIdx + 1 })} <bdi class="token-word">{clipToCells(word, 40)}</bdi>
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
  return <span class="quiet">{say("first token: {share} of its attention", { share: shareText(first, 1) })}</span>;
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
    const { texts, roles, fragments, target } = row.open;
    const names = roleNames(texts, roles);
    return (
      <>
        {texts.map((text, i) => {
          const role = roles[i] ?? "template";
          const isTarget = i >= target.start && i < target.end;
          return (
            <span
              key={i}
              role="option"
              class={`part cr-role-${role}${isTarget ? " target" : ""}`}
              aria-selected="false"
              tabIndex={-1}
              data-token={i}
              aria-label={say("{role}: {token}", { role, token: visibleTokenText(text).slice(0, 80) })}
            >
              {names.has(i) && (
                <span class="role-name" aria-hidden="true">
                  {names.get(i)}
                </span>
              )}
              <bdi>{clipToCells(visibleTokenText(text), 60)}</bdi>
              {fragments[i] !== "" && <sup class="fragment">{fragments[i]}</sup>}
              {text.includes("\n") && <br />}
            </span>
          );
        })}
      </>
    );
  },
  (before, now) => before.row.rowId === now.row.rowId,
);

/** What stands above the first token of each role: its name, cut to the words that have the role. */
function roleNames(texts: readonly string[], roles: LensRow["open"]["roles"]): Map<number, string> {
  const names = new Map<number, string>();
  for (let start = 0; start < texts.length; ) {
    let end = start + 1;
    while (end < texts.length && roles[end] === roles[start]) end++;
    const words = texts.slice(start, end).join("");
    // White space before a role's words is often the last thing on a line: the name stands above the words.
    const first = texts.findIndex((text, i) => i >= start && text.trim() !== "");
    const nFitting = Math.max(1, Math.floor(textCells(words.trim()) * 1.4));
    if (first >= start && first < end) names.set(first, (roles[start] ?? "").slice(0, nFitting));
    start = end;
  }
  return names;
}

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
