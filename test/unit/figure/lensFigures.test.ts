import { describe, expect, it } from "vitest";
import { ablationBars } from "../../../src/figure/ablationBars.ts";
import { choiceBars, probabilityText } from "../../../src/figure/choiceBars.ts";
import { figureFile } from "../../../src/figure/figureFile.ts";
import { csvText } from "../../../src/figure/figureTable.ts";
import { heatCells, ledgerHeatMap } from "../../../src/figure/ledgerHeatMap.ts";
import { patternLevels } from "../../../src/figure/patternLevels.ts";
import { patternMatrix } from "../../../src/figure/patternMatrix.ts";
import { promptAttention } from "../../../src/figure/promptAttention.ts";
import { shareBars } from "../../../src/figure/shareBars.ts";
import { shareColumns } from "../../../src/figure/shareColumns.ts";
import { noShares } from "../../../src/figure/shareRole.ts";
import { steeringCurve } from "../../../src/figure/steeringCurve.ts";
import { type SvgNode, svg } from "../../../src/figure/svgNode.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { textTable } from "../../../src/figure/textTable.ts";
import { byClass, byTag, findAll, ownText } from "./svgQuery.ts";

const frame = { id: "f", widthPx: 520 };
const shares = { ...noShares, context: 0.25, user: 0.35, template: 0.3, bos: 0.1 };
const heat = {
  nLayers: 2,
  nHeads: 3,
  shares: [0.1, 0.9, 0.5, Number.NaN, 0.2, 0.3],
  roleName: "user",
  isSorted: false,
  chosen: { layerIdx: 0, headIdx: 1 },
  picked: [
    { layerIdx: 0, headIdx: 2 },
    { layerIdx: 1, headIdx: 0 },
  ],
};
const figures: Record<string, (hostile: string) => SvgNode> = {
  shareBars: (name) =>
    shareBars(
      "Shares",
      [
        { name, shares },
        { name: "mean", shares },
      ],
      frame,
    ),
  shareColumns: (name) =>
    shareColumns(
      "Columns",
      [
        { name, shares },
        { name: " is", shares },
      ],
      frame,
    ),
  ledgerHeatMap: (roleName) => ledgerHeatMap({ ...heat, roleName }, frame),
  choiceBars: (text) =>
    choiceBars(
      "Choices",
      [
        { name: text, choices: [{ text, logProb: -0.1, isTarget: true }] },
        { name: "without", choices: [{ text: " b", logProb: -3, isTarget: false }] },
      ],
      frame,
    ),
  steeringCurve: () =>
    steeringCurve(
      {
        points: [
          { alpha: 0.9, meanLogProb: -1.5 },
          { alpha: 1, meanLogProb: -1 },
        ],
        lowestUsefulAlpha: 0.9,
        lowestAlpha: 0.5,
      },
      frame,
    ),
  ablationBars: (text) =>
    ablationBars(
      [
        { text, fall: 2.5, attention: 0.01, disagrees: true },
        { text: "Two.", fall: -0.5, attention: 0.2, disagrees: false },
        { text: "Three.", fall: null, attention: 0.0001, disagrees: false },
      ],
      frame,
    ),
  patternMatrix: (text) =>
    patternMatrix(
      "Pattern",
      patternLevels(Float32Array.of(1, 0, 0, 0.4, 0.6, 0, 0.0001, 0.25, 0.75), 3),
      [text, " b", "\n"],
      frame,
    ),
  textTable: (text) =>
    textTable(
      "Table",
      {
        columns: ["", "as it is", "alpha 0.9"],
        rows: [
          [
            "greedy answer",
            text,
            " 東京 is a city, and this answer goes on for longer than one line of its column can hold",
          ],
          ["log p", "−1.20", "+0.31"],
        ],
      },
      frame,
    ),
  promptAttention: (text) =>
    promptAttention(
      [
        { text: "<s>", role: "bos", attention: 0.7 },
        { text, role: "context", attention: 0.2 },
        { text: "\n", role: "template", attention: 0.1 },
        { text: " 東京", role: "target", attention: 0 },
      ],
      3,
      frame,
    ),
};

describe.each(Object.entries(figures))("%s", (name, draw) => {
  it("draws the figure of the snapshot", async () => {
    await expect(svgText(draw("plain"))).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });

  it("stays within its width, with text as text, however long or hostile it is", () => {
    for (const hostile of ["<script>x</script>", "x".repeat(10_000), "\u202e\u0000]]>", "</svg><img onerror=x>"]) {
      const figure = draw(hostile);
      expect(svgText(figure)).not.toMatch(/<script|<img|\p{Bidi_Control}/u);
      for (const { attributes } of findAll(figure, ({ tag }) => tag === "rect")) {
        const right = Number(attributes.x ?? 0) + Number(attributes.width ?? 0);
        expect(right).toBeLessThanOrEqual(frame.widthPx + 0.5);
      }
    }
  });

  it("has a name and a description for those who do not see it", () => {
    const figure = draw("plain");
    expect(ownText(byTag(figure, "title"))).not.toBe("");
    expect(ownText(byTag(figure, "desc"))).not.toBe("");
  });
});

describe("heatCells", () => {
  it("sorts the heads of each layer by share, those without one last", () => {
    const order = (isSorted: boolean) =>
      heatCells({ ...heat, isSorted }).map((line) => line.map(({ headIdx }) => headIdx));
    expect(order(false)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(order(true)).toEqual([
      [1, 2, 0],
      [2, 1, 0],
    ]);
  });

  it("marks the chosen head and names every cell", () => {
    const figure = ledgerHeatMap(heat, frame);
    expect(byClass(figure, "cr-heat-chosen")).toHaveLength(1);
    expect(byClass(figure, "cr-heat").map((cell) => ownText(byTag(cell, "title")))).toContain(
      "layer 0, head 1: user 90 %",
    );
  });

  it("marks the picked heads, in the cell, its name and the description", () => {
    const figure = ledgerHeatMap(heat, frame);
    const marked = byClass(figure, "cr-heat").filter((cell) => byClass(cell, "cr-heat-picked").length === 1);
    expect(marked.map((cell) => ownText(byTag(cell, "title")))).toEqual([
      "layer 0, head 2: user 50 %, picked",
      "layer 1, head 0: user –, picked",
    ]);
    expect(ownText(byTag(figure, "desc"))).toContain("Picked: L0 H2, L1 H0.");
    const unpicked = ledgerHeatMap({ ...heat, picked: [] }, frame);
    expect(byClass(unpicked, "cr-heat-picked")).toEqual([]);
    expect(ownText(byTag(unpicked, "desc"))).not.toContain("Picked");
  });
});

describe("shareBars", () => {
  it("ends each bar at the sum of its shares", () => {
    const bars = byClass(shareBars("S", [{ name: "a", shares }], frame), "cr-share").slice(-4);
    const widths = bars.map(({ attributes }) => Number(attributes.width));
    const room = widths.reduce((sum, width) => sum + width, 0);
    expect(widths.map((width) => width / room)).toEqual(
      [0.25, 0.35, 0.3, 0.1].map((share) => expect.closeTo(share, 6)),
    );
  });
});

describe("shareBars without room beside its bars", () => {
  it("names them above, whole", () => {
    const name = "representative L3 H0, template";
    const figure = shareBars("S", [{ name, shares }], { id: "f", widthPx: 318 });
    const named = byClass(figure, "cr-label").find((node) => ownText(node) === name);
    expect(named?.attributes).toMatchObject({ x: 0 });
    expect(byClass(figure, "cr-share-plate")).toHaveLength(1);
  });
});

describe("shareColumns", () => {
  it("draws a long answer without borders and names some of its tokens", () => {
    const columns = Array.from({ length: 256 }, (_, i) => ({ name: ` t${i}`, shares }));
    const figure = shareColumns("C", columns, frame);
    expect(byClass(figure, "cr-share-thin")).toHaveLength(256 * 4);
    const words = byClass(figure, "cr-quiet").map(ownText);
    expect(words).toContain("·t0");
    expect(words.filter((word) => word.startsWith("·t")).length).toBeGreaterThan(4);
  });
});

describe("ablationBars", () => {
  it("keeps its headings and numbers apart where there is little room", () => {
    const bars = [{ text: "a b ".repeat(40), fall: 1, attention: 0.5, disagrees: true }];
    const figure = ablationBars(bars, { id: "f", widthPx: 223 });
    const headings = byClass(figure, "cr-quiet").filter(({ attributes }) => attributes.x === 0);
    expect(headings.map(ownText).join(" ")).toContain("fall of log-probability without it");
    for (const heading of headings) expect(ownText(heading).length * 6.6).toBeLessThan(223 * 0.56);
  });

  it("begins a sentence at the right where it is read from there", () => {
    const bars = [{ text: "عاصمة فرنسا.", fall: 1, attention: 0.5, disagrees: false }];
    const sentence = byClass(ablationBars(bars, frame), "cr-label").find((node) => ownText(node).includes("فرنسا"));
    expect(sentence?.attributes).toMatchObject({ x: 520, direction: "rtl" });
  });
});

describe("promptAttention", () => {
  it("has the lens's lines: double for the context, and a key of the roles that are there", () => {
    const figure = promptAttention([{ text: "a", role: "context", attention: null, fragment: "1/2" }], null, frame);
    expect(byClass(figure, "cr-role-line")).toHaveLength(4);
    expect(byClass(figure, "cr-label").map(ownText)).toEqual(["context", "line: role", "a", "1/2"]);
  });
});

describe("probabilityText", () => {
  it("has as many digits as say something", () => {
    expect([1, 0.9996, 0.5, 0.0123, 0.00001].map(probabilityText)).toEqual([
      "100 %",
      "100 %",
      "50.0 %",
      "1.23 %",
      "<0.01 %",
    ]);
  });
});

describe("csvText", () => {
  it("quotes text, keeps numbers exact and leaves no formula to a spreadsheet", () => {
    const rows = [
      ['say "hi"', 0.1 + 0.2, null],
      ["=1+1", -1e-9, "a\nb"],
      ["-x", Number.NaN, "@cmd"],
    ];
    expect(csvText({ columns: ["a", "b,c", "d"], rows })).toBe(
      '"a","b,c","d"\r\n"say ""hi""",0.30000000000000004,\r\n"\'=1+1",-1e-9,"a\nb"\r\n"\'-x",,"\'@cmd"\r\n',
    );
  });
});

describe("figureFile", () => {
  it("stands by itself: colours written out, no variable of a colour left, white paper first", () => {
    const file = figureFile(figures.shareBars?.("x") ?? svg("svg", {}));
    expect(file).toMatch(/^<\?xml version="1.0"/);
    expect(file).not.toMatch(/var\(--cr-/);
    expect(file).toContain(".cr-role-user.cr-share, .cr-role-user .cr-share { fill: #0072b2; stroke: #ffffff;");
    expect(file.indexOf('fill="#ffffff"')).toBeLessThan(file.indexOf("<text"));
  });
});
