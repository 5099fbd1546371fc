import { type SvgChild, type SvgNode, svg } from "../figure/svgNode.ts";
import { attributesText, escapeMarkup } from "../figure/svgText.ts";

/** An HTML or SVG element as plain data; its text is never markup. */
export type HtmlChild = SvgChild;
export type HtmlNode = SvgNode;

/** Elements that have no content and no end tag. */
const voidTags = new Set(["br", "col", "hr", "link", "meta"]);

/** An HTML element with its attributes and children. */
export const html = svg;

/** The markup of a tree for an HTML page. Unlike XML, HTML ends every element but the void ones with an end tag. */
export function htmlText(node: HtmlChild): string {
  if (typeof node === "string") return escapeMarkup(node);
  const start = `<${node.tag}${attributesText(node)}>`;
  return voidTags.has(node.tag) ? start : `${start}${node.children.map(htmlText).join("")}</${node.tag}>`;
}
