import { describe, expect, it } from "vitest";
import { html, htmlText } from "../../../src/report/html.ts";

describe("htmlText", () => {
  it("ends elements that are empty, as HTML wants it, but not the void ones", () => {
    expect(htmlText(html("p", {}, html("span", {}), html("br", {}), "x"))).toBe("<p><span></span><br>x</p>");
  });

  it("escapes text and attributes", () => {
    expect(htmlText(html("td", { title: `"<&` }, "</td><script>"))).toBe(
      '<td title="&quot;&lt;&amp;">&lt;/td&gt;&lt;script&gt;</td>',
    );
  });
});
