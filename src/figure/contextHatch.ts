import type { FigureFrame } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";

/** The stripes that tell the context passage from the user's other words, in the paper's colour. */
export function contextHatch(frame: FigureFrame): SvgNode {
  const pattern = {
    id: `${frame.id}-stripes`,
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return svg("defs", {}, svg("pattern", pattern, svg("rect", { class: "cr-stripe", width: 2, height: 6 })));
}

/** The attribute that fills a shape with the stripes. */
export function stripes(frame: FigureFrame): { readonly fill: string } {
  return { fill: `url(#${frame.id}-stripes)` };
}
