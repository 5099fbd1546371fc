import type { Verdict } from "../core/verdict.ts";
import { countText, shareText } from "./numberText.ts";
import { type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { verdictMark, verdictMeaning, verdictOrder } from "./verdictMark.ts";

export type VerdictCounts = Readonly<Record<Verdict, number>>;

const linePx = 44;
const namePx = 132;
const numberPx = 92;

/** How many rows got each verdict: one bar per verdict with its mark, name, meaning, count and share. */
export function verdictBars(counts: VerdictCounts, frame: FigureFrame): SvgNode {
  const total = verdictOrder.reduce((sum, verdict) => sum + counts[verdict], 0);
  const largest = Math.max(1, ...verdictOrder.map((verdict) => counts[verdict]));
  const roomPx = frame.widthPx - namePx - numberPx;
  const bars = verdictOrder.flatMap((verdict, i) => {
    const middle = i * linePx + 14;
    const count = counts[verdict];
    const widthPx = count === 0 ? 0 : Math.max(2, (count / largest) * roomPx);
    const numbers = count === 0 ? "0" : `${countText(count)} (${shareText(count, total)})`;
    return [
      verdictMark(verdict, 8, middle),
      label(20, middle + 4, verdict),
      label(20, middle + 21, verdictMeaning[verdict], { class: "cr-quiet" }),
      svg("rect", { class: `cr-mark cr-${verdict}`, x: namePx, y: middle - 8, width: widthPx, height: 16, rx: 2 }),
      label(namePx + widthPx + 8, middle + 4, numbers, { class: count === 0 ? "cr-quiet" : "" }),
    ];
  });
  const described = verdictOrder.map((verdict) => `${verdict} ${countText(counts[verdict])}`).join(", ");
  return figureRoot(frame, verdictOrder.length * linePx, "Rows by verdict", `${described}.`, bars);
}
