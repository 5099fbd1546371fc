import { type Disposable, Hover, l10n, languages, MarkdownString, type Position, type TextDocument } from "vscode";
import type { RowMeasures } from "../../core/rowMeasures.ts";

import { explainVerdictCommand, openLensCommand, scoreFileCommand, scoreRowCommand } from "../commands/commandNames.ts";
import type { DatasetDocument, DatasetRow } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { problemSentence } from "../problemSentence.ts";
import { numbers, verdictMeaning, verdictWord } from "../rowWords.ts";
import { isHoverEnabled } from "../settings.ts";

/** Shows what is known of the row under the pointer. Computes nothing. */
export function registerRowHover(datasets: DatasetDocuments): Disposable {
  return languages.registerHoverProvider(
    [{ language: "jsonl" }, { language: "json" }, { pattern: "**/*.{jsonl,ndjson}" }],
    {
      provideHover(document, position) {
        const dataset = datasets.ofDocument(document);
        if (!dataset || !isHoverEnabled(document)) return null;
        const text = rowText(dataset, document, position);
        return text && new Hover(text);
      },
    },
  );
}

function rowText(dataset: DatasetDocument, document: TextDocument, position: Position): MarkdownString | null {
  const row = dataset.rowAt(position);
  const state = row?.record.rows[row.rowIdx];
  if (row && state?.kind === "scored") return scoredText(dataset, row, state.measures, state.scoredAtMs);
  if (state?.kind === "unscorable") return words().appendText(problemSentence(state.problem));
  if (document.lineAt(position.line).isEmptyOrWhitespace) return null;
  const slot = dataset.scored?.slot(dataset.slotAt(position)) ?? null;
  // What cannot be read has a diagnostic that says so.
  if (slot === "blank" || (slot !== null && slot.rows.length === 0)) return null;
  const place = encodeURIComponent(JSON.stringify([document.uri.toString(), position.line, position.character]));
  return words().appendMarkdown(
    `[${l10n.t("Score this row")}](command:${scoreRowCommand}?${place}) · [${l10n.t("Open the lens")}](command:${openLensCommand}?${place})`,
  );
}

/** At most six lines: verdict, gain, perplexities, model and age, links. */
function scoredText(
  dataset: DatasetDocument,
  row: DatasetRow,
  measures: RowMeasures,
  scoredAtMs: number,
): MarkdownString {
  const verdict = dataset.scored?.verdict(row.record, row.rowIdx) ?? null;
  const text = words();
  if (!verdict) {
    text.appendMarkdown(`**${l10n.t("No verdict yet")}** — ${l10n.t("it needs the whole file")}\n\n`);
  } else {
    const flagged = verdict.flagged ? ` · $(flag) ${l10n.t("flagged")}` : "";
    const percentile = verdict.percentile === null ? "" : ` · p${numbers.percentile(verdict.percentile)}`;
    const unstable = verdict.stable ? "" : ` · ${l10n.t("near a border")}`;
    text.appendMarkdown(
      `**${verdictWord(verdict.verdict)}**${percentile}${flagged}${unstable} — ${verdictMeaning(verdict.verdict)}\n\n`,
    );
  }
  const { meanGain, closedPerplexity, openPerplexity } = measures;
  if (meanGain !== null && closedPerplexity !== null) {
    text.appendMarkdown(l10n.t("Context gain **{0}** nats per token", numbers.nats(meanGain)));
    const perplexities = [numbers.perplexity(openPerplexity), numbers.perplexity(closedPerplexity)] as const;
    text.appendMarkdown(`  \n${l10n.t("Perplexity {0} with the context, {1} without", ...perplexities)}`);
  } else text.appendMarkdown(l10n.t("Perplexity {0}", numbers.perplexity(openPerplexity)));
  text.appendMarkdown("  \n").appendText(
    l10n.t("By {model}, scored {age}", {
      model: dataset.model?.name ?? "",
      age: numbers.age(Date.now() - scoredAtMs),
    }),
  );
  const heading = encodeURIComponent(JSON.stringify([verdict?.verdict ?? "formulas"]));
  text.appendMarkdown(`\n\n[${l10n.t("How this is computed")}](command:${explainVerdictCommand}?${heading})`);
  const { uri } = dataset.document;
  const here = dataset.rangeInSlot(row.slotIdx, row.record.places[row.rowIdx]?.head ?? { start: 0, end: 0 }).start;
  const lensPlace = encodeURIComponent(JSON.stringify([uri.toString(), here.line, here.character]));
  text.appendMarkdown(` · [${l10n.t("Open the lens")}](command:${openLensCommand}?${lensPlace})`);
  if (!verdict) {
    const place = encodeURIComponent(JSON.stringify([uri.toString()]));
    text.appendMarkdown(` · [${l10n.t("Score the file")}](command:${scoreFileCommand}?${place})`);
  }
  return text;
}

/** Markdown whose links may run our own commands and nothing else. */
function words(): MarkdownString {
  const text = new MarkdownString("", true);
  text.isTrusted = { enabledCommands: [scoreRowCommand, scoreFileCommand, explainVerdictCommand, openLensCommand] };
  return text;
}
