/**
 * A picture as plain data: one SVG element with its children; text is a string and never markup.
 * `svgText` writes it for a file, a view makes DOM nodes of it with `createElementNS` and `textContent`.
 */
export interface SvgNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly SvgChild[];
}

export type SvgChild = SvgNode | string;

/** An element with its attributes and children. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly SvgChild[]
): SvgNode {
  return { tag, attributes, children };
}
