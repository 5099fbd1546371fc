import { figureStyle } from "../src/figure/figureStyle.ts";
import type { FigureTable, TableCell } from "../src/figure/figureTable.ts";
import { natsText, perplexityText } from "../src/figure/numberText.ts";
import { visibleTokenText } from "../src/figure/tokenText.ts";
import type { LensAnswers, LensQuestion, LensRow } from "../src/protocol/lens.ts";
import { type HtmlChild, type HtmlNode, html, htmlText } from "../src/report/html.ts";
import type { LensFigure } from "./figures/lensFigure.ts";
import { knownFigures, type LensLooks } from "./knownFigures.ts";
import { equations, methodsOf } from "./lensMethods.ts";
import { placeName } from "./placeName.ts";
import { ruleTable } from "./verdictRules.ts";
import { say } from "./words.ts";

const widthPx = 900;
const mostTableRows = 2000;
/** A whole pattern is a table of as many columns as tokens: nobody reads that on a page. */
const mostTableColumns = 40;

const pageStyle = `
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--cr-ink); background: var(--cr-paper);
  font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
.prompt { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--cr-line); border-radius: 6px; padding: 0.75rem; }
table { border-collapse: collapse; font-size: 13px; } th, td { text-align: start; padding: 2px 12px 2px 0; overflow-wrap: anywhere; vertical-align: top; }
details { margin: 0.5rem 0; } summary { cursor: pointer; color: var(--cr-quiet); } .quiet { color: var(--cr-quiet); }`;

/** The whole lens as one page that needs nothing else: no script, no address, text as text. */
export function lensReport(row: LensRow, answers: ReadonlyMap<string, unknown>, looks: LensLooks): string {
  const name = placeName(row.place);
  const { texts, fragments } = row.open;
  // Tokens that share the bytes of one character all show it: it is written once.
  const words = texts.filter((_, i) => fragments[i] === "" || fragments[i]?.startsWith("1/"));
  const body: HtmlChild[] = [
    html("h1", {}, say("Context Lens: {name}", { name })),
    html("p", {}, summary(row)),
    ...dependencyWords(answers),
    ...(row.verdict ? [html("h2", {}, say("What decided it")), tableNode(ruleTable(row.verdict), String)] : []),
    ...knownFigures(row, answers, looks).flatMap(figureSection),
    ...unmeasured(row, answers),
    html("h2", {}, say("Prompt and answer")),
    html("div", { class: "prompt", dir: "auto" }, words.map(wordsOf).join("")),
    html("h2", {}, say("Methods")),
    table(methodsOf(row)),
    html("h2", {}, say("Formulas")),
    table(row.formulas.map(({ name: formula }) => [formula, equations[formula] ?? ""])),
  ];
  const page = html(
    "html",
    { lang: "en" },
    html(
      "head",
      {},
      html("meta", { charset: "utf-8" }),
      html("meta", {
        "http-equiv": "Content-Security-Policy",
        content: "default-src 'none'; style-src 'unsafe-inline'",
      }),
      // Before the title, which may hold any text: the first such words of the page are these.
      html("style", {}, STYLE_PLACE),
      html("title", {}, `Context Lens: ${name}`),
    ),
    html("body", {}, ...body),
  );
  // The style is ours and no text of a file: it is put in as it stands, after everything else was escaped.
  return `<!DOCTYPE html>\n${htmlText(page).replace(STYLE_PLACE, () => `${figureStyle()}${pageStyle}`)}\n`;
}

const STYLE_PLACE = "lens-style-place";

/** Control characters as symbols, line ends as they are. */
function wordsOf(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : line.replace(/[\p{Control}\p{Bidi_Control}]/gu, "\ufffd")))
    .join("\n");
}

function summary({ verdict, measures }: LensRow): string {
  const facts = {
    gain: natsText(measures.meanGain),
    open: perplexityText(measures.openPerplexity),
    closed: perplexityText(measures.closedPerplexity),
  };
  const numbers = say(
    "Context gain {gain} nats per token; perplexity {open} with the context, {closed} without.",
    facts,
  );
  return verdict ? `${verdict.verdict}: ${verdict.meaning}. ${numbers}` : numbers;
}

function figureSection(figure: LensFigure, i: number): HtmlNode[] {
  const { columns, rows } = figure.table();
  return [
    html("h2", {}, figure.title),
    figure.draw({ id: `figure-${i}`, widthPx }),
    ...(figure.note ? [html("p", { class: "quiet" }, figure.note)] : []),
    columns.length > mostTableColumns
      ? html("p", { class: "quiet" }, say("The numbers are in the figure's CSV file."))
      : html("details", {}, html("summary", {}, say("Table")), tableNode({ columns, rows })),
  ];
}

function tableNode({ columns, rows }: FigureTable, words: (cell: TableCell) => string = cellWords): HtmlNode {
  return html(
    "table",
    {},
    html("tr", {}, ...columns.map((column) => html("th", {}, column))),
    ...rows
      .slice(0, mostTableRows)
      .map((cells) => html("tr", {}, ...cells.map((cell) => html("td", { dir: "auto" }, words(cell))))),
  );
}

function dependencyWords(answers: ReadonlyMap<string, unknown>): HtmlNode[] {
  const turns = answers.get('{"method":"rows/dependency"}') as LensAnswers["rows/dependency"] | undefined;
  const layer = turns?.[0]?.layers[0];
  if (!layer || !Number.isFinite(layer.score)) return [];
  const facts = { score: layer.score.toFixed(3), layer: layer.layerIdx };
  return [html("p", {}, say("Context-dependency score {score} in layer {layer}.", facts))];
}

/** Which parts of the lens the page does not hold, because nobody asked for them. */
function unmeasured(row: LensRow, answers: ReadonlyMap<string, unknown>): HtmlNode[] {
  const asked = new Set([...answers.keys()].map((key) => (JSON.parse(key) as LensQuestion).method));
  const parts: [LensQuestion["method"], string][] = [
    ["row/pattern", say("Pattern")],
    ["row/steer", say("Steering")],
    ["steering/control", say("Harm to other questions")],
    ...(row.closed
      ? ([
          ["row/decoded-answers", say("Whole answers under context-aware decoding")],
          ["row/ablation", say("Ablation")],
        ] as [LensQuestion["method"], string][])
      : []),
  ];
  const missing = parts.filter(([method]) => !asked.has(method)).map(([, name]) => name);
  if (missing.length === 0) return [];
  return [html("p", { class: "quiet" }, say("Not measured for this row: {parts}.", { parts: missing.join(", ") }))];
}

function cellWords(cell: string | number | null): string {
  return typeof cell === "string" ? visibleTokenText(cell) : cell === null ? "–" : String(cell);
}

function table(pairs: readonly (readonly [string, string])[]): HtmlNode {
  return html(
    "table",
    {},
    ...pairs.map(([name, value]) => html("tr", {}, html("th", {}, name), html("td", {}, value))),
  );
}
