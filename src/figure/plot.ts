import { type SvgChild, type SvgNode, svg } from "./svgNode.ts";
import { textCells } from "./textCells.ts";

/** Where a figure goes and what a reader who does not see it is told. */
export interface FigureFrame {
  /** Unique in the page: the ids of title, description and patterns begin with it. */
  readonly id: string;
  /** Pixels at natural size; the figure scales with its container. */
  readonly widthPx: number;
}

export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Width of an average character of the interface font at 12 px, a little generous. */
const characterPx = 6.6;

/** The estimated width of a label in the figure's 12 px font; there is no DOM here to measure with. */
export function labelWidthPx(label: string): number {
  return textCells(label) * characterPx;
}

/** The root element of a figure: an image with a name and a description for those who do not see it. */
export function figureRoot(
  frame: FigureFrame,
  heightPx: number,
  title: string,
  description: string,
  children: readonly SvgChild[],
): SvgNode {
  return svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "cr-figure",
      role: "img",
      viewBox: `0 0 ${frame.widthPx} ${Math.ceil(heightPx)}`,
      width: frame.widthPx,
      height: Math.ceil(heightPx),
      "aria-labelledby": `${frame.id}-title ${frame.id}-desc`,
    },
    svg("title", { id: `${frame.id}-title` }, title),
    svg("desc", { id: `${frame.id}-desc` }, description),
    ...children,
  );
}

/** A label at a point. */
export function label(x: number, y: number, text: string, attributes: Record<string, string | number> = {}): SvgNode {
  return svg("text", { x, y, ...attributes, class: `cr-label ${attributes.class ?? ""}`.trim() }, text);
}

/** A label that begins where its script begins to be read: at the left of its room, or at the right of it. */
export function readingLabel(
  { x, y, widthPx }: { readonly x: number; readonly y: number; readonly widthPx: number },
  text: string,
  direction: "ltr" | "rtl",
  attributes: Record<string, string | number> = {},
): SvgNode {
  if (direction === "ltr") return label(x, y, text, attributes);
  // Its start, and with it the anchor, is its right end.
  return label(x + widthPx, y, text, { ...attributes, direction: "rtl" });
}

/** A straight line between two points. */
export function line(x1: number, y1: number, x2: number, y2: number, className: string): SvgNode {
  return svg("line", { x1, y1, x2, y2, class: className });
}

/** The words shown in place of a picture that has nothing to show. */
export function emptyFigure(frame: FigureFrame, title: string, sentence: string): SvgNode {
  const heightPx = 64;
  const children = [
    svg("rect", { class: "cr-empty", x: 0.5, y: 0.5, width: frame.widthPx - 1, height: heightPx - 1, rx: 6 }),
    label(frame.widthPx / 2, heightPx / 2 + 4, sentence, { "text-anchor": "middle", class: "cr-quiet" }),
  ];
  return figureRoot(frame, heightPx, title, sentence, children);
}
