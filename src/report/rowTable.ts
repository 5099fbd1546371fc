import type { RowVerdict } from "../core/datasetVerdicts.ts";
import { countText, dependencyText, natsText, perplexityText, shareText } from "../figure/numberText.ts";
import { svg } from "../figure/svgNode.ts";
import { verdictMark } from "../figure/verdictMark.ts";
import type { AuditFile, AuditRow } from "./audit.ts";
import { type HtmlChild, type HtmlNode, html } from "./html.ts";

/** A longer table is no longer read but searched, for which the JSONL output is better. */
const mostRows = 500;
const rowsShownOfMore = 200;

/** The table of a file's rows; of a long file the rows that matter most, and a sentence that says so. */
export function rowTable(file: AuditFile): HtmlNode[] {
  const shown = shownRows(file);
  const note =
    shown.length < file.rows.length
      ? [
          html(
            "p",
            { class: "note" },
            `The ${countText(shown.length)} of ${countText(file.rows.length)} rows that matter most here: flagged ones first, surest first, then those whose verdict hangs on a border. All rows: run audit with --format jsonl.`,
          ),
        ]
      : [];
  const hasTurns = file.rows.some((row) => row.turnIdx > 0);
  const hasDependency = file.rows.some((row) => row.dependency !== undefined);
  const body = shown.map((rowIdx) =>
    tableRow(file.rows[rowIdx], file.verdicts.rows[rowIdx] ?? null, { hasTurns, hasDependency }),
  );
  const last = hasDependency ? [dependencyName] : [];
  const names = ["line", ...(hasTurns ? ["turn"] : []), "verdict", "question and answer", ...numberNames, ...last];
  const head = html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
  const table = html("table", { class: "rows" }, html("thead", {}, head), html("tbody", {}, ...body));
  return [
    ...note,
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Rows of ${file.name}` }, table),
  ];
}

const numberNames = ["closed-book perplexity", "percentile", "open-book perplexity", "gain", "tokens"];

const dependencyName = "dependency";

/** Indices of the rows to show, in the order of the file. */
export function shownRows(file: AuditFile): number[] {
  const all = file.rows.map((_, rowIdx) => rowIdx);
  if (all.length <= mostRows) return all;
  const urgency = (rowIdx: number): number => {
    const judged = file.verdicts.rows[rowIdx];
    if (!judged) return 3;
    return judged.flagged ? 0 : judged.stable ? 2 : 1;
  };
  const perplexity = (rowIdx: number) => file.rows[rowIdx]?.measures?.closedPerplexity ?? Number.POSITIVE_INFINITY;
  const byPerplexity = (a: number, b: number) =>
    perplexity(a) < perplexity(b) ? -1 : perplexity(a) > perplexity(b) ? 1 : a - b;
  const ranked = all.sort((a, b) => urgency(a) - urgency(b) || byPerplexity(a, b));
  return ranked.slice(0, rowsShownOfMore).sort((a, b) => a - b);
}

function tableRow(
  row: AuditRow | undefined,
  judged: RowVerdict | null,
  { hasTurns, hasDependency }: { readonly hasTurns: boolean; readonly hasDependency: boolean },
): HtmlNode {
  if (row === undefined) return html("tr", {});
  const place = [
    html("th", { scope: "row" }, String(row.line)),
    ...(hasTurns ? [number(String(row.turnIdx + 1), "turn")] : []),
  ];
  const text = html(
    "td",
    { class: "text" },
    ...(row.question === "" ? [] : [html("bdi", { class: "question" }, row.question)]),
    ...(row.answer === "" ? [] : [html("span", { class: "answer" }, html("bdi", {}, row.answer))]),
    ...row.problems.map(({ code, sentence }) =>
      html("span", { class: "problem" }, sentence, " ", html("code", {}, code)),
    ),
  );
  const { measures } = row;
  const numbers = [
    perplexityText(measures?.closedPerplexity ?? null),
    judged?.percentile == null ? "–" : shareText(judged.percentile, 1),
    perplexityText(measures?.openPerplexity ?? null),
    natsText(measures?.meanGain ?? null),
    measures ? countText(measures.nTargetTokens) : "–",
  ];
  const className = judged?.flagged ? "flagged" : measures ? "" : "unscored";
  return html(
    "tr",
    { class: className },
    ...place,
    verdictCell(judged),
    text,
    ...numbers.map((text, i) => number(text, numberNames[i])),
    ...(hasDependency ? [number(dependencyText(row.dependency), dependencyName)] : []),
  );
}

function verdictCell(judged: RowVerdict | null): HtmlNode {
  if (!judged) return html("td", { class: "verdict" }, html("span", { class: "quiet" }, "not scored"));
  const mark = svg(
    "svg",
    { class: "mark", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    verdictMark(judged.verdict, 7, 7),
  );
  const words: HtmlChild[] = [html("span", { class: "name" }, mark, judged.verdict)];
  if (judged.flagged) words.push(html("span", { class: "flag" }, "flagged"));
  if (!judged.stable) words.push(html("span", { class: "quiet" }, "near a border"));
  return html("td", { class: "verdict" }, ...words);
}

/** A narrow page shows the cells of a row below each other, each with its column's name. */
function number(text: string, name = ""): HtmlNode {
  return html("td", { class: "number", "data-name": name }, text);
}
