import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shareText } from "../../src/figure/numberText.ts";
import type { PatternLevels } from "../../src/figure/patternLevels.ts";
import { clipToCells } from "../../src/figure/textCells.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensRow } from "../../src/protocol/lens.ts";
import type { LensFigure } from "../figures/lensFigure.ts";
import { useLens, useWidth } from "../lensContext.ts";
import { type Ink, kept, type PatternView, patternPicture, zoomed } from "../patternPicture.ts";
import { say } from "../words.ts";
import { SaveButtons } from "./saveButtons.tsx";

interface PatternCanvasProps {
  readonly levels: PatternLevels;
  readonly figure: LensFigure;
  readonly isPending: boolean;
}

interface Cell {
  readonly query: number;
  readonly key: number;
}

const largestPx = 640;
/** Room for the words at the left of the picture. */
const axisPx = 20;
const zoomStep = 1.25;
/** As many keys as the table twin lists for the query at the cursor. */
const mostKeys = 10;

/** A pattern that can be zoomed and moved by wheel, drag and keys; the cell at the cursor is read out. */
export function PatternCanvas({ levels, figure, isPending }: PatternCanvasProps) {
  const { row } = useLens();
  const { nTokens } = levels;
  const [ref, widthPx] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sizePx = Math.max(160, Math.min(largestPx, widthPx - axisPx));
  const [view, setView] = useState<PatternView>({ queryStart: 0, keyStart: 0, pixelsPerToken: 0 });
  const [cell, setCell] = useState<Cell>({ query: nTokens - 1, key: 0 });
  const shown =
    view.pixelsPerToken * nTokens < sizePx
      ? { queryStart: 0, keyStart: 0, pixelsPerToken: sizePx / nTokens }
      : kept(view, nTokens, sizePx);
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => draw(canvas.current, levels, shown, sizePx, cell));
    return () => cancelAnimationFrame(frame);
  });
  useWheel(canvas, (factor, point) => setView(zoomed(shown, factor, point, nTokens, sizePx)));
  const dragged = useRef<{ x: number; y: number; view: PatternView } | null>(null);
  const cellAt = ({ offsetX, offsetY }: MouseEvent): Cell => ({
    key: clamp(Math.floor(shown.keyStart + offsetX / shown.pixelsPerToken), nTokens),
    query: clamp(Math.floor(shown.queryStart + offsetY / shown.pixelsPerToken), nTokens),
  });
  const move = (to: Cell) => {
    setCell(to);
    setView(revealed(shown, to, nTokens, sizePx));
  };
  const zoom = (factor: number) => {
    const point = {
      x: (cell.key - shown.keyStart) * shown.pixelsPerToken,
      y: (cell.query - shown.queryStart) * shown.pixelsPerToken,
    };
    setView(zoomed(shown, factor, point, nTokens, sizePx));
  };
  const value = levels.levels[0]?.values[cell.query * nTokens + cell.key] ?? 0;
  return (
    <figure class={isPending ? "box pending" : "box"} data-figure="pattern" aria-busy={isPending}>
      <figcaption>
        <h3>{figure.title}</h3>
        <div class="tools">
          <button type="button" aria-label={say("Zoom in")} onClick={() => zoom(zoomStep * zoomStep)}>
            +
          </button>
          <button type="button" aria-label={say("Zoom out")} onClick={() => zoom(1 / (zoomStep * zoomStep))}>
            −
          </button>
          <button type="button" onClick={() => setView({ queryStart: 0, keyStart: 0, pixelsPerToken: 0 })}>
            {say("All")}
          </button>
          <SaveButtons figure={figure} />
        </div>
      </figcaption>
      <div ref={ref} class="figure">
        <div class="pattern-axes">
          <span class="across" aria-hidden="true">
            {say("looks at →")}
          </span>
          <span class="down" aria-hidden="true">
            {say("← looks from")}
          </span>
          {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the keys move the cursor over the cells */}
          <canvas
            ref={canvas}
            class="pattern"
            width={sizePx * devicePixelRatio}
            height={sizePx * devicePixelRatio}
            style={{ width: `${sizePx}px`, height: `${sizePx}px` }}
            tabIndex={0}
            role="application"
            aria-label={say("Attention pattern: arrow keys move from cell to cell, plus and minus zoom")}
            aria-describedby="pattern-cell"
            onKeyDown={(event) => {
              const step = event.shiftKey ? 10 : 1;
              const to = keyTarget(event.key, cell, step, nTokens);
              if (event.key === "+" || event.key === "=") zoom(zoomStep);
              else if (event.key === "-") zoom(1 / zoomStep);
              else if (to) move(to);
              else return;
              event.preventDefault();
            }}
            onPointerDown={(event) => {
              dragged.current = { x: event.offsetX, y: event.offsetY, view: shown };
              event.currentTarget.setPointerCapture(event.pointerId);
              setCell(cellAt(event));
            }}
            onPointerMove={(event) => {
              const from = dragged.current;
              if (!from) return setCell(cellAt(event));
              const { pixelsPerToken, keyStart, queryStart } = from.view;
              const moved = {
                pixelsPerToken,
                keyStart: keyStart - (event.offsetX - from.x) / pixelsPerToken,
                queryStart: queryStart - (event.offsetY - from.y) / pixelsPerToken,
              };
              setView(kept(moved, nTokens, sizePx));
            }}
            onPointerUp={() => {
              dragged.current = null;
            }}
          />
        </div>
        <div class="reading">
          <p id="pattern-cell" aria-live="polite" data-number="cell">
            <TokenName row={row} tokenIdx={cell.query} /> → <TokenName row={row} tokenIdx={cell.key} />{" "}
            <strong>{cell.key > cell.query ? say("not seen yet") : shareText(value, 1)}</strong>
          </p>
          <StrongestKeys levels={levels} query={cell.query} row={row} />
        </div>
      </div>
    </figure>
  );
}

function TokenName({ row, tokenIdx }: { readonly row: LensRow; readonly tokenIdx: number }) {
  return (
    <bdi class="token-word" title={String(tokenIdx + 1)}>
      {clipToCells(visibleTokenText(row.open.texts[tokenIdx] ?? ""), 18)}
    </bdi>
  );
}

/** The table twin: the keys that the query at the cursor looks at most. */
function StrongestKeys({ levels, query, row }: { levels: PatternLevels; query: number; row: LensRow }) {
  const shares = levels.levels[0]?.values.subarray(query * levels.nTokens, query * levels.nTokens + query + 1);
  const strongest = [...(shares ?? [])]
    .map((share, key) => ({ share, key }))
    .sort((a, b) => b.share - a.share)
    .slice(0, mostKeys);
  return (
    <table>
      <caption>{say("Token {place} looks most at", { place: query + 1 })}</caption>
      <tbody>
        {strongest.map(({ share, key }) => (
          <tr key={key}>
            <td class="number">{key + 1}</td>
            <th scope="row">
              <TokenName row={row} tokenIdx={key} />
            </th>
            <td class="number">{shareText(share, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Wheel events have to be prevented from scrolling the page, which passive listeners cannot. */
function useWheel(
  canvas: { current: HTMLCanvasElement | null },
  onZoom: (factor: number, point: { x: number; y: number }) => void,
): void {
  const latest = useRef(onZoom);
  latest.current = onZoom;
  useEffect(() => {
    const element = canvas.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      latest.current(event.deltaY < 0 ? zoomStep : 1 / zoomStep, { x: event.offsetX, y: event.offsetY });
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, []);
}

function draw(
  canvas: HTMLCanvasElement | null,
  levels: PatternLevels,
  view: PatternView,
  sizePx: number,
  cell: Cell,
): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  const picture = patternPicture(levels, view, { width: sizePx, height: sizePx }, inkOf(canvas));
  const { widthCells, heightCells, pixels } = picture;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, sizePx, sizePx);
  if (widthCells === 0 || heightCells === 0) return;
  const cells = new OffscreenCanvas(widthCells, heightCells);
  cells.getContext("2d")?.putImageData(new ImageData(pixels, widthCells, heightCells), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, picture.x, picture.y, picture.widthPx, picture.heightPx);
  const size = Math.max(view.pixelsPerToken, 3);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 1.5;
  const x = (cell.key - view.keyStart) * view.pixelsPerToken;
  const y = (cell.query - view.queryStart) * view.pixelsPerToken;
  context.strokeRect(x - 1, y - 1, size + 2, size + 2);
}

/** The heat colour of the theme, as numbers. */
function inkOf(canvas: HTMLCanvasElement): Ink {
  const [red = 138, green = 63, blue = 255] = (getComputedStyle(canvas).accentColor.match(/\d+/g) ?? []).map(Number);
  return { red, green, blue };
}

function keyTarget(key: string, { query, key: column }: Cell, step: number, nTokens: number): Cell | null {
  if (key === "ArrowRight") return { query, key: clamp(column + step, nTokens) };
  if (key === "ArrowLeft") return { query, key: clamp(column - step, nTokens) };
  if (key === "ArrowDown") return { query: clamp(query + step, nTokens), key: column };
  if (key === "ArrowUp") return { query: clamp(query - step, nTokens), key: column };
  if (key === "Home") return { query, key: 0 };
  return key === "End" ? { query, key: query } : null;
}

function clamp(value: number, nTokens: number): number {
  return Math.min(nTokens - 1, Math.max(0, value));
}

/** Moves the view just so far that a cell is in it. */
function revealed(view: PatternView, { query, key }: Cell, nTokens: number, sizePx: number): PatternView {
  const nVisible = sizePx / view.pixelsPerToken;
  const into = (start: number, token: number) => Math.min(token, Math.max(start, token + 1 - nVisible));
  return kept(
    { ...view, keyStart: into(view.keyStart, key), queryStart: into(view.queryStart, query) },
    nTokens,
    sizePx,
  );
}
