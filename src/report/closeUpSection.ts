import { natsText, perplexityText } from "../figure/numberText.ts";
import { visibleTokenText } from "../figure/tokenText.ts";
import { type AuditFile, type CloseUp, rowName } from "./audit.ts";
import { closeUpFigure } from "./figures.ts";
import { type HtmlNode, html } from "./html.ts";

/** A few rows token by token: picture, the figures that decided the verdict, and the same numbers as a table. */
export function closeUpSection(file: AuditFile, closeUps: readonly CloseUp[], id: string): HtmlNode[] {
  if (closeUps.length === 0) return [];
  const articles = closeUps.map((closeUp, i) => closeUpArticle(file, closeUp, `${id}-row${i}`));
  const key = html(
    "p",
    { class: "note" },
    "Each box is a token of the target, with its context gain in nats under it: blue where the context makes the token likelier, orange with a dashed border where it makes it less likely. A middle dot is a space.",
  );
  return [html("h3", {}, "Rows up close"), key, ...articles];
}

function closeUpArticle(file: AuditFile, closeUp: CloseUp, id: string): HtmlNode {
  const row = file.rows[closeUp.rowIdx];
  const judged = file.verdicts.rows[closeUp.rowIdx];
  const measures = row?.measures;
  if (!row || !judged || !measures) return html("div", {});
  const facts = [
    `closed-book perplexity ${perplexityText(measures.closedPerplexity)}`,
    `open-book ${perplexityText(measures.openPerplexity)}`,
    `mean gain ${natsText(measures.meanGain)} nats per token`,
  ];
  return html(
    "article",
    { class: "closeup" },
    html(
      "h4",
      {},
      `${closeUp.reason}: ${rowName(row)}`,
      html("span", { class: "quiet" }, ` ${judged.verdict}${judged.flagged ? ", flagged" : ""}`),
    ),
    html("p", {}, html("bdi", { class: "question" }, row.question)),
    closeUpFigure(closeUp, measures.t90, id),
    html("p", { class: "note" }, `${facts.join(" · ")}.`),
    html("details", {}, html("summary", {}, "As a table"), tokenTable(closeUp)),
  );
}

function tokenTable(closeUp: CloseUp): HtmlNode {
  const names = ["token", "open-book logProb", "closed-book logProb", "context gain"];
  const head = html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
  const body = closeUp.tokens.map(({ text, openLogProb, closedLogProb }) => {
    const numbers = [openLogProb, closedLogProb, openLogProb - closedLogProb].map((nats) =>
      html("td", { class: "number" }, natsText(nats)),
    );
    return html("tr", {}, html("td", {}, html("bdi", {}, html("code", {}, visibleTokenText(text)))), ...numbers);
  });
  return html("div", { class: "scroll" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)));
}
