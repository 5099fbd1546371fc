import type { SvgChild, SvgNode } from "../../../src/figure/svgNode.ts";

/** All elements of a picture that satisfy a condition, depth first. */
export function findAll(root: SvgNode, matches: (node: SvgNode) => boolean): SvgNode[] {
  const isNode = (child: SvgChild): child is SvgNode => typeof child !== "string";
  const below = root.children.filter(isNode).flatMap((child) => findAll(child, matches));
  return matches(root) ? [root, ...below] : below;
}

/** All elements whose class list holds a class. */
export function byClass(root: SvgNode, className: string): SvgNode[] {
  return findAll(root, (node) =>
    String(node.attributes.class ?? "")
      .split(" ")
      .includes(className),
  );
}

/** The text directly inside an element. */
export function ownText(node: SvgNode | undefined): string {
  return node === undefined ? "" : node.children.filter((child) => typeof child === "string").join("");
}

/** The first element with a tag. */
export function byTag(root: SvgNode, tag: string): SvgNode | undefined {
  return findAll(root, (node) => node.tag === tag)[0];
}
