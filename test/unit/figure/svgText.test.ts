import { describe, expect, it } from "vitest";
import { svg } from "../../../src/figure/svgNode.ts";
import { escapeMarkup, svgText } from "../../../src/figure/svgText.ts";

describe("svgText", () => {
  it("writes nested elements, attributes in order, and closes empty elements", () => {
    const node = svg("g", { class: "a" }, svg("rect", { x: 1, y: 2.5 }), svg("text", {}, "hello"));
    expect(svgText(node)).toBe('<g class="a"><rect x="1" y="2.5"/><text>hello</text></g>');
  });

  it("rounds coordinates to hundredths", () => {
    expect(svgText(svg("rect", { x: 1 / 3, y: -0.0001 }))).toBe('<rect x="0.33" y="0"/>');
  });

  it("keeps script-bearing text as text, in content and in attributes", () => {
    const attack = `</title><script>alert("1")</script>`;
    const written = svgText(svg("text", { "data-a": `" onload='x'` }, attack));
    expect(written).not.toContain("<script");
    expect(written).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(written).toContain('data-a="&quot; onload=&#39;x&#39;"');
  });
});

describe("escapeMarkup", () => {
  it("replaces what XML cannot hold and lone surrogates, and keeps line ends and tabs", () => {
    expect(escapeMarkup("a\u0000b\u001b[31m\ud83dc\td\n")).toBe("a\ufffdb\ufffd[31m\ufffdc\td\n");
  });

  it("does not escape twice what is written once", () => {
    expect(escapeMarkup("&amp;")).toBe("&amp;amp;");
  });
});
