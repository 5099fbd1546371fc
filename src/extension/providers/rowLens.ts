import { CodeLens, type Disposable, EventEmitter, l10n, languages, type TextDocument, workspace } from "vscode";
import { openLensCommand } from "../commands/commandNames.ts";
import type { DatasetDocument } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { numbers, verdictWord } from "../rowWords.ts";
import { maxCodeLensRowsSetting } from "../settings.ts";

/** A line above each row that opens the lens on it and says its verdict; none in files of many rows. */
export function registerRowLens(datasets: DatasetDocuments): Disposable {
  const changed = new EventEmitter<void>();
  const provider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document: TextDocument): CodeLens[] {
      const dataset = datasets.ofDocument(document);
      return dataset ? rowLenses(dataset, maxCodeLensRowsSetting(document)) : [];
    },
  };
  const registered = languages.registerCodeLensProvider(
    [{ language: "jsonl" }, { language: "json" }, { pattern: "**/*.{jsonl,ndjson}" }],
    provider,
  );
  const subscriptions = [
    registered,
    changed,
    datasets.onDidChange((dataset) => {
      if (dataset.run === null) changed.fire();
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("contextReliance.codeLens")) changed.fire();
    }),
  ];
  return { dispose: () => subscriptions.map((subscription) => subscription.dispose()) };
}

function rowLenses(dataset: DatasetDocument, maxRows: number): CodeLens[] {
  const { document, scored } = dataset;
  // The elements of a JSON array have places only once something asked for scores.
  const nSlots = scored?.nSlots ?? (document.languageId === "json" ? 0 : document.lineCount);
  if (nSlots > maxRows + 1) return [];
  const lenses: CodeLens[] = [];
  for (let slotIdx = 0; slotIdx < nSlots; slotIdx++) {
    const start = dataset.rangeInSlot(slotIdx, { start: 0, end: 0 });
    if (document.lineAt(start.start.line).isEmptyOrWhitespace) continue;
    const place = [document.uri.toString(), start.start.line, start.start.character];
    lenses.push(
      new CodeLens(start, { title: lensTitle(dataset, slotIdx), command: openLensCommand, arguments: place }),
    );
  }
  return lenses.length > maxRows ? [] : lenses;
}

function lensTitle({ scored }: DatasetDocument, slotIdx: number): string {
  const slot = scored?.slot(slotIdx) ?? null;
  if (!scored || slot === null || slot === "blank" || slot.rows.length !== 1) return l10n.t("Open the lens");
  const [row] = slot.rows;
  const verdict = scored.verdict(slot, 0);
  if (row?.kind !== "scored" || !verdict) return l10n.t("Open the lens");
  const gain = row.measures.meanGain === null ? "" : ` · ${l10n.t("gain {0}", numbers.nats(row.measures.meanGain))}`;
  return `${verdictWord(verdict.verdict)}${gain} · ${l10n.t("Open the lens")}`;
}
