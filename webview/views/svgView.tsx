import { h, type VNode } from "preact";
import type { SvgChild, SvgNode } from "../../src/figure/svgNode.ts";

/** A figure as elements of the page; its text is text and never markup. */
export function svgView(node: SvgNode): VNode {
  return h(node.tag, node.attributes, ...node.children.map(child));
}

function child(node: SvgChild): VNode | string {
  return typeof node === "string" ? node : svgView(node);
}
