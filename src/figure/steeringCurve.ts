import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import { type LinearScale, yAxis } from "./axis.ts";
import { natsText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, line, type Margins } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";

/** The target under one strength of steering. */
export interface SteeringPoint {
  readonly alpha: number;
  /** Mean log-probability of the target, nats per token. */
  readonly meanLogProb: number;
}

export interface SteeringCurve {
  readonly points: readonly SteeringPoint[];
  /** Below this steering harms. */
  readonly lowestUsefulAlpha: number;
  readonly lowestAlpha: number;
}

const plotPx = 150;
/** Share of the axis that shows the useful range; the slider has the same. */
export const usefulShare = 0.6;

/** How likely the target is as attention is steered: measured strengths only, alpha falling to the right as steering grows. */
export function steeringCurve(curve: SteeringCurve, frame: FigureFrame): SvgNode {
  const title = "Log-probability of the target against alpha";
  const points = curve.points
    .filter(({ meanLogProb }) => Number.isFinite(meanLogProb))
    .sort((a, b) => b.alpha - a.alpha);
  if (points.length === 0) return emptyFigure(frame, title, "No strength has been measured yet.");
  const plot = { left: 52, right: frame.widthPx - 14, top: 28, bottom: 28 + plotPx };
  // The useful range is a fifth of all strengths and most of what matters: it gets more than half of the axis.
  const border = plot.left + usefulShare * (plot.right - plot.left);
  const x = scaleLinear([1, curve.lowestUsefulAlpha, curve.lowestAlpha], [plot.left, border, plot.right]);
  const y = yScale(points, plot);
  const path = points.map(
    ({ alpha, meanLogProb }, i) => `${i === 0 ? "M" : "L"}${x(alpha).toFixed(1)},${y(meanLogProb).toFixed(1)}`,
  );
  const last = points.map(({ alpha, meanLogProb }) => `${alpha}: ${natsText(meanLogProb)}`).join(", ");
  return figureRoot(frame, plot.bottom + 40, title, `Mean log-probability by alpha, nats per token: ${last}.`, [
    harmArea(x, plot, curve),
    yAxis(y, plot, "target, nats per token", (tick) => natsText(tick)),
    ...[1, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5]
      .filter((alpha) => alpha >= curve.lowestAlpha)
      .map((alpha) => label(x(alpha), plot.bottom + 16, String(alpha), { "text-anchor": "middle", class: "cr-quiet" })),
    label((plot.left + plot.right) / 2, plot.bottom + 34, "alpha (steering grows to the right)", {
      "text-anchor": "middle",
    }),
    svg("path", { class: "cr-curve", d: path.join("") }),
    ...points.map(({ alpha, meanLogProb }) =>
      svg(
        "circle",
        { class: "cr-point", cx: x(alpha), cy: y(meanLogProb), r: 4.5 },
        svg("title", {}, `alpha ${alpha}: ${natsText(meanLogProb)} nats per token`),
      ),
    ),
  ]);
}

function yScale(points: readonly SteeringPoint[], plot: Margins): LinearScale {
  const [low = -1, high = 0] = extent(points, ({ meanLogProb }) => meanLogProb);
  const air = Math.max(0.05, (high - low) * 0.15);
  return scaleLinear([low - air, Math.min(0, high + air)], [plot.bottom, plot.top]).nice(4);
}

function harmArea(x: LinearScale, plot: Margins, { lowestUsefulAlpha, lowestAlpha }: SteeringCurve): SvgNode {
  const start = x(lowestUsefulAlpha);
  return svg(
    "g",
    {},
    svg("rect", {
      class: "cr-harm-area",
      x: start,
      y: plot.top,
      width: Math.max(0, x(lowestAlpha) - start),
      height: plot.bottom - plot.top,
    }),
    line(start, plot.top, start, plot.bottom, "cr-harm-line"),
    label(start + 6, plot.top + 13, `below ${lowestUsefulAlpha}: harms`, { class: "cr-quiet" }),
  );
}
