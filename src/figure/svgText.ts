import type { SvgChild, SvgNode } from "./svgNode.ts";

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that XML cannot hold even escaped, and the other control characters, which say nothing on a page. */
const notInXml = /[[\p{Control}\ufffe\uffff]--[\t\n\r]]/gv;

/** Text that reads as itself inside HTML or SVG, between tags and in quoted attributes; control characters become U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .toWellFormed()
    .replace(notInXml, "\ufffd")
    .replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

/** The markup of a picture, as XML: an element without children ends itself. */
export function svgText(node: SvgChild): string {
  if (typeof node === "string") return escapeMarkup(node);
  const start = `<${node.tag}${attributesText(node)}`;
  if (node.children.length === 0) return `${start}/>`;
  return `${start}>${node.children.map(svgText).join("")}</${node.tag}>`;
}

/**
 * The attributes of an element as they stand in its start tag. Numbers are rounded to hundredths, of a pixel mostly,
 * which no eye sees and which keeps files small.
 */
export function attributesText(node: SvgNode): string {
  return Object.entries(node.attributes)
    .map(([name, value]) => ` ${name}="${escapeMarkup(typeof value === "number" ? rounded(value) : value)}"`)
    .join("");
}

function rounded(value: number): string {
  // Adding 0 turns -0 into 0.
  return String(Math.round(value * 100) / 100 + 0);
}
