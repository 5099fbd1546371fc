import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolPlus,
  symbolSquare,
  symbolTriangle,
} from "d3-shape";
import type { Verdict } from "../core/verdict.ts";
import { type SvgNode, svg } from "./svgNode.ts";

/** Verdicts in the order in which legends, bars and tables list them: what asks for attention first. */
export const verdictOrder: readonly Verdict[] = [
  "redundant",
  "teacher-forced",
  "context-critical",
  "unhelpful",
  "no-context",
];

/** What each verdict says, in one short clause. */
export const verdictMeaning: Readonly<Record<Verdict, string>> = {
  redundant: "the model already knows the answer",
  "teacher-forced": "context decides only the first words",
  "context-critical": "the answer needs its context",
  unhelpful: "the context does not help, or misleads",
  "no-context": "nothing to compare",
};

/** Each verdict has a shape of its own, so that colour is never the only difference. */
const shapes: Readonly<Record<Verdict, SymbolType>> = {
  redundant: symbolSquare,
  "teacher-forced": symbolTriangle,
  "context-critical": symbolCircle,
  unhelpful: symbolDiamond,
  "no-context": symbolPlus,
};

/** The mark of a verdict, centred on a point; `areaPx` is its area in square pixels. */
export function verdictMark(verdict: Verdict, x: number, y: number, areaPx = 56): SvgNode {
  return svg("path", {
    class: `cr-mark cr-${verdict}`,
    transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`,
    d: symbol(shapes[verdict], areaPx).digits(2)() ?? "",
  });
}
