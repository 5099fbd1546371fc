import { describe, expect, it } from "vitest";
import { gainStrip, type StripToken } from "../../../src/figure/gainStrip.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { byClass, byTag, ownText } from "./svgQuery.ts";

const frame = { id: "strip", widthPx: 420 };
const token = (text: string, openLogProb = -0.2, closedLogProb = -2): StripToken => ({
  text,
  openLogProb,
  closedLogProb,
});
const texts = (tokens: StripToken[]) => byClass(gainStrip({ tokens, t90: null }, frame), "cr-token-text").map(ownText);

describe("gainStrip", () => {
  it("draws the figure of the snapshot", async () => {
    const tokens = [
      token("Mor"),
      token("alis", -0.1, -5),
      token(" is", -0.3, -0.3),
      token("\n", -2, -0.5),
      token(" 東京"),
    ];
    await expect(svgText(gainStrip({ tokens, t90: 2, hasKey: true }, frame))).toMatchFileSnapshot(
      "snapshots/strip.svg",
    );
  });

  it("shows spaces, line ends, controls and empty tokens as something to see", () => {
    expect(texts([token(" a b "), token("\n\t"), token("\u001b[1m"), token("\u202ex"), token("")])).toEqual([
      "·a b·",
      "⏎⇥",
      "\ufffd[1m",
      "\ufffdx",
      "∅",
    ]);
  });

  it("tells a gain by colour class and by its signed number", () => {
    const figure = gainStrip({ tokens: [token("a", -1, -2), token("b", -2, -1), token("c", -1, -1)], t90: 1 }, frame);
    expect(byClass(figure, "cr-token").map((node) => node.attributes.class)).toEqual([
      "cr-token cr-gain-positive",
      "cr-token cr-gain-negative",
      "cr-token cr-gain-none",
    ]);
    expect(byClass(figure, "cr-token-gain").map(ownText)).toEqual(["+1.00", "−1.00", "0.00"]);
    expect(ownText(byTag(figure, "desc"))).toBe(
      "3 target tokens: the context makes 1 likelier and 1 less likely. 90 % of the gain is reached after token 1.",
    );
  });

  it("stands the flag at the right border of token t90", () => {
    const figure = gainStrip({ tokens: [token("one"), token("two"), token("three")], t90: 2 }, frame);
    const box = byClass(figure, "cr-token-box")[1]?.attributes;
    expect(Number(byClass(figure, "cr-t90-line")[0]?.attributes.x1)).toBe(Number(box?.x) + Number(box?.width) + 2);
  });

  it("says what its colours mean, where it is asked to", () => {
    const key = (hasKey: boolean) =>
      byClass(gainStrip({ tokens: [token("a")], t90: null, hasKey }, frame), "cr-quiet").map(ownText);
    expect(key(true)).toContain("likelier with the context");
    expect(key(false)).toEqual([]);
  });

  it("runs from right to left where most tokens do, the flag at the left border, with the parts of characters", () => {
    const parts = [token("ع"), { ...token("ا"), fragment: "1/2" }, token("صمة")];
    const figure = gainStrip({ tokens: parts, t90: 2 }, frame);
    const lefts = byClass(figure, "cr-token-box").map(({ attributes }) => Number(attributes.x));
    expect(lefts.slice(0, 3)).toEqual([...lefts.slice(0, 3)].sort((a, b) => b - a));
    expect(Number(byClass(figure, "cr-t90-line")[0]?.attributes.x1)).toBe((lefts[1] ?? 0) - 2);
    expect(byClass(figure, "cr-token-part").map(ownText)).toEqual(["1/2"]);
  });

  it("wraps within its width and clips a very long token", () => {
    const tokens = [token("x".repeat(5000)), ...Array.from({ length: 40 }, () => token("word"))];
    const figure = gainStrip({ tokens, t90: 41 }, frame);
    for (const { attributes } of byClass(figure, "cr-token-box")) {
      expect(Number(attributes.x) + Number(attributes.width)).toBeLessThanOrEqual(frame.widthPx);
    }
    expect(ownText(byClass(figure, "cr-token-text")[0])).toMatch(/^x{10,}…$/);
  });

  it("draws the first tokens of a long target and says how many more there are", () => {
    const figure = gainStrip({ tokens: Array.from({ length: 500 }, () => token("a")), t90: 300 }, frame);
    expect(byClass(figure, "cr-token")).toHaveLength(160);
    expect(byClass(figure, "cr-quiet").map(ownText)).toEqual(["… 340 more tokens"]);
    expect(byClass(figure, "cr-t90")).toHaveLength(0);
  });

  it.each([
    ["no tokens", []],
    ["no numbers", [token("a", Number.NaN, Number.NaN)]],
    ["infinite loss", [token("a", -1, Number.NEGATIVE_INFINITY)]],
    ["markup", [token("<script>alert(1)</script>"), token("مرحبا")]],
  ])("draws without broken coordinates or live markup: %s", (_, tokens) => {
    const written = svgText(gainStrip({ tokens, t90: null }, frame));
    expect(written).not.toMatch(/NaN|Infinity|undefined|<script/);
  });
});
