import { figureStyle } from "../src/figure/figureStyle.ts";
import { natsText, perplexityText } from "../src/figure/numberText.ts";
import { visibleTokenText } from "../src/figure/tokenText.ts";
import type { LensRow } from "../src/protocol/lens.ts";
import { type HtmlChild, type HtmlNode, html, htmlText } from "../src/report/html.ts";
import type { LensFigure } from "./figures/lensFigure.ts";
import { type HeadLooks, knownFigures } from "./knownFigures.ts";
import { methodsOf } from "./lensMethods.ts";
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
export function lensReport(row: LensRow, answers: ReadonlyMap<string, unknown>, looks: HeadLooks): string {
  const name =
    row.place.kind === "dataset"
      ? say("{file}, line {line}", { file: row.place.fileName, line: row.place.line })
      : say("Typed prompt");
  const { open } = row;
  const body: HtmlChild[] = [
    html("h1", {}, say("Context Lens: {name}", { name })),
    html("p", {}, summary(row)),
    ...knownFigures(row, answers, looks).flatMap(figureSection),
    html("h2", {}, say("Prompt and answer")),
    html("div", { class: "prompt", dir: "auto" }, open.texts.map(wordsOf).join("")),
    html("h2", {}, say("Methods")),
    table(methodsOf(row)),
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
      : html(
          "details",
          {},
          html("summary", {}, say("Table")),
          html(
            "table",
            {},
            html("tr", {}, ...columns.map((column) => html("th", {}, column))),
            ...rows
              .slice(0, mostTableRows)
              .map((cells) => html("tr", {}, ...cells.map((cell) => html("td", {}, cellWords(cell))))),
          ),
        ),
  ];
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
