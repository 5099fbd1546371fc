import { createHash } from "node:crypto";
import { countOf, countText, perplexityText, shareText } from "../figure/numberText.ts";
import { type Audit, type AuditFile, type CloseUp, type DependencySettings, problemPlace } from "./audit.ts";
import { closeUpSection } from "./closeUpSection.ts";
import { dependencySection } from "./dependencySection.ts";
import { fileFigures } from "./figures.ts";
import { type HtmlNode, html, htmlText } from "./html.ts";
import { limitsSection, methodsSection } from "./methods.ts";
import { reportStyle } from "./reportStyle.ts";
import { rowTable } from "./rowTable.ts";

/**
 * An audit as one self-contained HTML page: no script, no network, light and dark, for screen and paper.
 * `closeUps` holds the rows to show token by token, per file in the order of `audit.files`.
 */
export function auditReport(audit: Audit, closeUps: readonly (readonly CloseUp[])[]): string {
  const style = reportStyle();
  const styleHash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const title = `Context reliance: ${audit.files.map((file) => file.name).join(", ")}`;
  const head = html(
    "head",
    {},
    html("meta", { charset: "utf-8" }),
    html("meta", { "http-equiv": "Content-Security-Policy", content: policy }),
    html("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    html("title", {}, title),
  );
  const body = html(
    "body",
    {},
    pageHeader(audit),
    html(
      "main",
      {},
      ...audit.files.map((file, i) => fileSection(file, closeUps[i] ?? [], `file${i}`, audit)),
      limitsSection(audit.model),
      methodsSection(audit),
    ),
  );
  // The style sheet is the program's own text and goes in as it is: escaped, it would not be CSS.
  const headText = htmlText(head).replace("</head>", () => `<style>${style}</style></head>`);
  return `<!doctype html>\n<html lang="en">${headText}${htmlText(body)}</html>\n`;
}

/** `12 of 48 rows are easy without their context`: what a file, or several together, come to. */
export function headline(files: readonly AuditFile[]): string {
  const nWithContext = files.reduce((sum, file) => sum + file.verdicts.nRowsWithContext, 0);
  const nFlagged = files.reduce((sum, file) => sum + file.verdicts.nFlagged, 0);
  if (nWithContext === 0) return "No row has a context to be compared with";
  const verb = nFlagged === 1 ? "is easy without its context" : "are easy without their context";
  return `${countText(nFlagged)} of ${countOf(nWithContext, "row")} ${verb}`;
}

function pageHeader(audit: Audit): HtmlNode {
  const quantile = shareText(audit.files[0]?.verdicts.quantile ?? 0, 1);
  const explained = `Flagged are, in each file, the ${quantile} of the rows with a context whose answer is likeliest to ${audit.model.name} without it. The verdict says whether the context changes it all the same.`;
  return html(
    "header",
    {},
    html("p", { class: "kicker" }, "Context Reliance · audit"),
    html("h1", {}, `${headline(audit.files)}.`),
    html("p", { class: "lead" }, explained),
    ...(audit.files.length > 1 ? [filesTable(audit.files)] : []),
  );
}

function filesTable(files: readonly AuditFile[]): HtmlNode {
  const names = ["file", "shape", "rows", "with context", "flagged", "cut", "not scored"];
  const rows = files.map(({ name, rows, verdicts }, i) => {
    const shapes = [...new Set(rows.flatMap((row) => row.shape ?? []))].join(", ");
    const counts = [rows.length, verdicts.nRowsWithContext, verdicts.nFlagged].map(countText);
    const numbers = [...counts, perplexityText(verdicts.thresholds.cut), countText(verdicts.unscoredRowIdxs.length)];
    const link = html("th", { scope: "row" }, html("a", { href: `#file${i}` }, name));
    return html(
      "tr",
      {},
      link,
      html("td", {}, shapes),
      ...numbers.map((text) => html("td", { class: "number" }, text)),
    );
  });
  const head = html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
  return html(
    "div",
    { class: "scroll" },
    html("table", { class: "files" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

function fileSection(
  file: AuditFile,
  closeUps: readonly CloseUp[],
  id: string,
  { files, dependency }: { readonly files: readonly AuditFile[]; readonly dependency?: DependencySettings },
): HtmlNode {
  const isOnly = files.length === 1;
  const { verdicts } = file;
  const nUnscored = verdicts.unscoredRowIdxs.length;
  const cut =
    verdicts.thresholds.cut === null
      ? ""
      : `The cut is at closed-book perplexity ${perplexityText(verdicts.thresholds.cut)}.`;
  const unscored = nUnscored === 0 ? "" : ` ${countOf(nUnscored, "row")} could not be scored.`;
  const stopped = file.isComplete ? "" : " The run was stopped early: the flags are provisional.";
  return html(
    "section",
    { id },
    html("h2", {}, file.name),
    html("p", { class: "lead" }, `${isOnly ? "" : `${headline([file])}. `}${cut}${unscored}${stopped}`),
    ...problemList(file),
    ...(verdicts.nRowsWithContext === 0 ? [] : [fileFigures(file, id)]),
    ...dependencySection(file, dependency, id),
    ...closeUpSection(file, closeUps, id),
    html("h3", {}, "Rows"),
    ...rowTable(file),
  );
}

/** Of a file full of problems, the first ones and a count. */
const mostProblems = 50;

function problemList(file: AuditFile): HtmlNode[] {
  const ofRows = file.rows.flatMap((row) =>
    row.problems.map((problem) => ({ ...problem, place: `${problemPlace(row, problem)}: ` })),
  );
  const all = [...file.problems.map((problem) => ({ ...problem, place: "" })), ...ofRows];
  if (all.length === 0) return [];
  const items = all
    .slice(0, mostProblems)
    .map(({ place, sentence, code }) => html("li", {}, `${place}${sentence} `, html("code", {}, code)));
  const more = all.length - items.length;
  if (more > 0) items.push(html("li", { class: "quiet" }, `and ${countOf(more, "more problem")}`));
  return [html("div", { class: "problems" }, html("h3", {}, countOf(all.length, "problem")), html("ul", {}, ...items))];
}
