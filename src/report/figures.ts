import { gainStrip } from "../figure/gainStrip.ts";
import { perplexityHistogram } from "../figure/perplexityHistogram.ts";
import type { FigureFrame } from "../figure/plot.ts";
import { relianceScatter, type ScatterRow } from "../figure/relianceScatter.ts";
import { verdictBars } from "../figure/verdictBars.ts";
import { type AuditFile, type CloseUp, rowName } from "./audit.ts";
import { type HtmlNode, html } from "./html.ts";

/** The charts of a file, side by side where there is room. */
export function fileFigures(file: AuditFile, id: string): HtmlNode {
  const { verdicts } = file;
  const rows = scatterRows(file);
  const cut = verdicts.thresholds.cut;
  const closedPerplexities = rows.map((row) => row.closedPerplexity);
  return html(
    "div",
    { class: "figures" },
    figure("Verdicts", `${id}-bars`, [460, 320], (frame) => verdictBars(verdicts.nRowsByVerdict, frame)),
    figure("How sure the model is without the context", `${id}-histogram`, [460, 320], (frame) =>
      perplexityHistogram({ closedPerplexities, cut }, frame),
    ),
    figure(
      "What the context adds",
      `${id}-scatter`,
      [960, 320],
      (frame) => relianceScatter({ rows, cut }, frame),
      "across",
    ),
  );
}

/** The gain of each target token of one row. */
export function closeUpFigure(closeUp: CloseUp, t90: number | null, id: string): HtmlNode {
  return bothWidths(id, [900, 320], (frame) => gainStrip({ tokens: closeUp.tokens, t90 }, frame));
}

/** A picture with its caption, wide and narrow. */
export function figure(
  caption: string,
  id: string,
  widthsPx: readonly [number, number],
  draw: (frame: FigureFrame) => HtmlNode,
  className = "",
): HtmlNode {
  return html("figure", { class: className }, html("figcaption", {}, caption), bothWidths(id, widthsPx, draw));
}

/** Text in a picture shrinks with it, so narrow pages get a narrow drawing; the style sheet shows one of the two. */
function bothWidths(
  id: string,
  [wide, narrow]: readonly [number, number],
  draw: (frame: FigureFrame) => HtmlNode,
): HtmlNode {
  return html(
    "div",
    {},
    html("div", { class: "wide" }, draw({ id: `${id}-wide`, widthPx: wide })),
    html("div", { class: "narrow" }, draw({ id: `${id}-narrow`, widthPx: narrow })),
  );
}

function scatterRows(file: AuditFile): ScatterRow[] {
  return file.rows.flatMap((row, rowIdx) => {
    const judged = file.verdicts.rows[rowIdx];
    const { closedPerplexity, meanGain } = row.measures ?? {};
    if (!judged || closedPerplexity == null || meanGain == null) return [];
    return [{ name: rowName(row), verdict: judged.verdict, closedPerplexity, gain: meanGain }];
  });
}
