import { extent } from "d3-array";
import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog } from "d3-scale";
import { label, labelWidthPx, line, type Margins } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";

export type LinearScale = ScaleLinear<number, number>;
export type LogScale = ScaleLogarithmic<number, number>;

/** No perplexity is below 1, so an axis that starts there shows hardly anything below it. */
const justBelowOne = 0.9;

/** A logarithmic scale over positive values with a little air on both sides; one value, or many equal ones, stand in the middle. */
export function logScale(values: readonly number[], range: readonly [number, number]): LogScale {
  const [least = 1, most = 1] = extent(values);
  const low = Math.log(least);
  const high = Math.log(most);
  const air = Math.max((high - low) * 0.04, high === low ? Math.log(2) : 0.02);
  const start = low >= 0 ? Math.max(low - air, Math.log(justBelowOne)) : low - air;
  return scaleLog([Math.exp(start), Math.exp(high + air)], [...range]);
}

/** A linear scale with round ends that always shows zero. */
export function zeroBasedScale(values: readonly number[], range: readonly [number, number]): LinearScale {
  const [low = 0, high = 0] = extent(values);
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  return scaleLinear(bottom === top ? [-1, 1] : [bottom, top], [...range]).nice(6);
}

/** Tick values of a logarithmic axis: powers of ten, with 2 and 5 between them where there is room, round numbers inside a single decade. */
export function logTicks(scale: LogScale, maxTicks: number): number[] {
  const [low = 1, high = 10] = scale.domain();
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const step of steps) ticks.push(step * 10 ** power);
    }
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    if (inside.length < 2) return scaleLinear([low, high], [0, 1]).ticks(Math.min(4, maxTicks));
    if (inside.length <= maxTicks) return inside;
  }
  const nDecades = Math.log10(high) - Math.log10(low);
  const stride = Math.ceil(nDecades / maxTicks);
  const firstPower = Math.ceil(Math.log10(low));
  return Array.from({ length: maxTicks }, (_, i) => 10 ** (firstPower + i * stride)).filter((tick) => tick <= high);
}

/** The axis under a plot: grid lines, tick labels, and the axis' name below them. */
export function xAxis(scale: LogScale, plot: Margins, name: string): SvgNode {
  const ticks = logTicks(scale, Math.max(2, Math.floor((plot.right - plot.left) / 64)));
  const marks = ticks.flatMap((tick) => [
    line(scale(tick), plot.top, scale(tick), plot.bottom, "cr-grid"),
    label(scale(tick), plot.bottom + 16, tickText(tick), { "text-anchor": "middle", class: "cr-quiet" }),
  ]);
  return svg(
    "g",
    { class: "cr-axis" },
    ...marks,
    line(plot.left, plot.bottom, plot.right, plot.bottom, "cr-axis-line"),
    label((plot.left + plot.right) / 2, plot.bottom + 34, name, { "text-anchor": "middle" }),
  );
}

/** The axis at the left of a plot: grid lines, tick labels, and the axis' name above it, level for reading. A tick whose text is empty is left out. */
export function yAxis(scale: LinearScale, plot: Margins, name: string, format: (tick: number) => string): SvgNode {
  const marks = scale
    .ticks(5)
    .filter((tick) => format(tick) !== "")
    .flatMap((tick) => [
      line(plot.left, scale(tick), plot.right, scale(tick), tick === 0 ? "cr-axis-line" : "cr-grid"),
      label(plot.left - 8, scale(tick) + 4, format(tick), { "text-anchor": "end", class: "cr-quiet" }),
    ]);
  return svg("g", { class: "cr-axis" }, ...marks, label(0, plot.top - 10, name));
}

/** A labelled upright line at a value of the x axis: where the cut falls. The label stands on the side that has room for it. */
export function cutLine(x: number, plot: Margins, name: string): SvgNode {
  const hasRoom = x + 8 + labelWidthPx(name) < plot.right;
  const anchor = hasRoom ? "start" : "end";
  return svg(
    "g",
    { class: "cr-cut" },
    line(x, plot.top, x, plot.bottom, "cr-cut-line"),
    label(hasRoom ? x + 6 : x - 6, plot.top + 13, name, { "text-anchor": anchor, class: "cr-cut-label" }),
  );
}

function tickText(tick: number): string {
  if (tick >= 1e5) return tick.toExponential(0).replace("+", "");
  return Number(tick.toPrecision(3)).toLocaleString("en-US");
}
