import type { FigureTable } from "../../src/figure/figureTable.ts";
import type { FigureFrame } from "../../src/figure/plot.ts";
import type { SvgNode } from "../../src/figure/svgNode.ts";

/** A figure of the lens with everything that is shown or saved of it. */
export interface LensFigure {
  /** File name without its ending: letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  readonly draw: (frame: FigureFrame) => SvgNode;
  /** Made when it is asked for: figures change with every move, tables are looked at now and then. */
  readonly table: () => FigureTable;
  /** What a reader has to know to read it right. */
  readonly note: string | null;
}
