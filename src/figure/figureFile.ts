import { figureColours, figureRules } from "./figureStyle.ts";
import type { SvgNode } from "./svgNode.ts";
import { svgText } from "./svgText.ts";

/**
 * A figure as an SVG file that stands by itself: light colours, white paper, no style from outside. Colours are written
 * out where they are used, because drawing programs do not know CSS variables.
 */
export function figureFile(figure: SvgNode): string {
  const [width, height] = [figure.attributes.width ?? 0, figure.attributes.height ?? 0];
  const style: SvgNode = { tag: "style", attributes: {}, children: [plainRules()] };
  const paper: SvgNode = { tag: "rect", attributes: { width, height, fill: "#ffffff" }, children: [] };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svgText({ ...figure, children: [style, paper, ...figure.children] })}\n`;
}

/** The rules with every colour in place of its variable. */
function plainRules(): string {
  const colours = new Map(
    [...figureColours.light.matchAll(/(--cr-[\w-]+): (#\w+);/g)].map((match) => [match[1], match[2]]),
  );
  const written = figureRules.replace(/var\((--cr-[\w-]+)\)/g, (whole, name: string) => colours.get(name) ?? whole);
  // `--cr-this` names the colour of a class; its rules are written once per class that sets it.
  const classes = [...written.matchAll(/^(\.[\w-]+(?:, \.[\w-]+)*) \{ --cr-this: (#\w+); \}$/gm)];
  const lines = written.split("\n").flatMap((line) => {
    if (/^\.[^{]*\{ --cr-this/.test(line)) return [];
    const rule = /^(\.[\w-]+) \{(.*var\(--cr-this\).*)\}$/.exec(line);
    if (!rule) return [line];
    return classes.flatMap(([, selectors = "", colour = ""]) =>
      selectors.split(", ").map((selector) => {
        const body = (rule[2] ?? "").replaceAll("var(--cr-this)", colour);
        return `${selector}${rule[1]}, ${selector} ${rule[1]} {${body}}`;
      }),
    );
  });
  return lines.join("\n");
}
