import type { SvgChild } from "./svgNode.ts";

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

/** The markup of a picture. Coordinates are rounded to hundredths of a pixel, which no eye sees and which keeps files small. */
export function svgText(node: SvgChild): string {
  if (typeof node === "string") return escapeMarkup(node);
  const attributes = Object.entries(node.attributes)
    .map(([name, value]) => ` ${name}="${escapeMarkup(attributeText(value))}"`)
    .join("");
  if (node.children.length === 0) return `<${node.tag}${attributes}/>`;
  return `<${node.tag}${attributes}>${node.children.map(svgText).join("")}</${node.tag}>`;
}

function attributeText(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}
