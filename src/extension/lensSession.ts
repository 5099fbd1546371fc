import { basename } from "node:path/posix";
import { Disposable, l10n, type TextDocument, Uri, type WebviewPanel, window, workspace } from "vscode";
import type { Problem } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { LensMessage, LensPlace, LensQuestion, LensRow, LensSource } from "../protocol/lens.ts";
import { lensSource } from "../protocol/lensMessage.ts";
import { isDataset } from "./datasetDocument.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { Inference } from "./inference.ts";
import { runLensCommand } from "./lensCommand.ts";
import { type LensDatasetRow, LensRows } from "./lensDatasetRow.ts";
import { saveLensFile } from "./lensFile.ts";
import { LensPanel } from "./lensPanel.ts";
import { LensQuestions } from "./lensQuestions.ts";
import { inspectionMeasures, lensBook, lensFormulas, lensVerdict } from "./lensRow.ts";
import { scratchRow } from "./lensScratch.ts";
import { errorSentence, problemSentence } from "./problemSentence.ts";
import { verdictMeaning } from "./rowWords.ts";

/** The cursor rests this long on a row before the lens follows it. */
const followDelayMs = 20;
/** Typing pauses this long before the row is read again. */
const editDelayMs = 500;

/** The greedy answer to a prompt without one is cut here. */
const maxAnswerTokens = 64;

/** A row to look at, and where it is. */
interface FoundRow {
  readonly row: Row;
  readonly place: LensPlace;
  readonly dataset: LensDatasetRow | null;
  /** Equal keys mean equal rows: nothing is computed again. */
  readonly key: string;
}

interface ShownRow extends FoundRow {
  readonly notice: LensRow;
}

/** A record that cannot be shown, and where it is. */
interface NoRow {
  readonly place: LensPlace;
  readonly problem: Problem;
}

/** What the lens shows: follows the cursor in the file it is pinned to, asks for the row's numbers, answers the page. */
export class LensSession {
  readonly #datasets: DatasetDocuments;
  readonly #inference: Inference;
  readonly #programVersion: string;
  readonly #panel: LensPanel;
  readonly #rows = new LensRows();
  readonly #questions: LensQuestions;
  readonly #subscriptions: Disposable[];
  #source: LensSource | null = null;
  #shown: ShownRow | null = null;
  #isFollowing = true;
  #nextRowId = 1;
  #timer: NodeJS.Timeout | undefined;
  #isOutdated = false;
  #isRunning = false;

  constructor(datasets: DatasetDocuments, inference: Inference, extensionUri: Uri, programVersion: string) {
    this.#datasets = datasets;
    this.#inference = inference;
    this.#programVersion = programVersion;
    this.#questions = new LensQuestions((method, request, signal) => inference.ask(method, request, signal));
    this.#panel = new LensPanel(extensionUri, (message) => this.#onMessage(message));
    this.#subscriptions = [
      this.#panel,
      window.onDidChangeTextEditorSelection(({ textEditor }) =>
        this.#follow(textEditor.document, textEditor.selection.active),
      ),
      datasets.onDidChange((dataset) => {
        if (this.#isPinnedTo(dataset.document)) this.#refreshLater(editDelayMs);
      }),
      // Also where nothing is scored yet.
      workspace.onDidChangeTextDocument(({ document }) => {
        if (this.#isPinnedTo(document)) this.#refreshLater(editDelayMs);
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("contextReliance.model")) this.#refreshLater(0);
      }),
    ];
  }

  /** Opens the lens on something and pins it there. */
  open(source: LensSource, preserveFocus: boolean): void {
    this.#source = source;
    this.#isFollowing = true;
    this.#panel.reveal(preserveFocus);
    if (source.kind === "scratch") this.#panel.title(placeTitle(source));
    this.#sendSource();
    this.#refreshLater(0);
  }

  /** Shows again what a panel showed before the window was loaded anew. */
  restore(panel: WebviewPanel, state: unknown): void {
    const kept = typeof state === "object" && state !== null && "source" in state ? state.source : null;
    this.#source = lensSource(kept);
    this.#isFollowing = !(
      typeof state === "object" &&
      state !== null &&
      "isFollowing" in state &&
      state.isFollowing === false
    );
    this.#panel.adopt(panel);
    this.#refreshLater(0);
  }

  #isPinnedTo(document: TextDocument): boolean {
    return this.#source?.kind === "dataset" && this.#source.uri === document.uri.toString();
  }

  #follow(document: TextDocument, { line, character }: { line: number; character: number }): void {
    if (!this.#panel.isOpen || !this.#isFollowing || !this.#isPinnedTo(document)) return;
    // A cursor that passes a blank line asks for nothing: the row before it stays.
    if (document.lineAt(line).isEmptyOrWhitespace) return;
    this.#source = { kind: "dataset", uri: document.uri.toString(), line, character };
    this.#refreshLater(followDelayMs);
  }

  /** Goes to where the cursor is by now. */
  #catchUp(): void {
    const editor = window.visibleTextEditors.find(({ document }) => this.#isPinnedTo(document));
    if (editor) this.#follow(editor.document, editor.selection.active);
  }

  #refreshLater(delayMs: number): void {
    if (!this.#panel.isOpen || !this.#source) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), delayMs);
  }

  /** Shows what is asked for now; what was asked for while it ran is shown after it, and nothing in between. */
  async #refresh(): Promise<void> {
    this.#isOutdated = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isOutdated) {
      this.#isOutdated = false;
      await this.#show().catch((error: unknown) => this.#showProblem(errorSentence(error), null));
    }
    this.#isRunning = false;
  }

  async #show(): Promise<void> {
    const found = await this.#find();
    if (!found) {
      if (this.#source?.kind !== "scratch") this.#showProblem(l10n.t("There is no row at the cursor."), null);
      return;
    }
    this.#sendSource();
    if ("problem" in found) {
      this.#showProblem(problemSentence(found.problem), found.place);
      return;
    }
    await this.#showRow(found).catch((error: unknown) => this.#showProblem(errorSentence(error), found.place));
  }

  /** Says why there is nothing to look at; numbers of another row do not stay beside it. */
  #showProblem(sentence: string, place: LensPlace | null): void {
    this.#shown = null;
    this.#questions.cancelAll();
    this.#panel.title(place ? placeTitle(place) : l10n.t("Context Lens"));
    this.#panel.send({ type: "problem", sentence, place });
  }

  async #showRow(found: FoundRow): Promise<void> {
    if (this.#shown?.key === found.key) {
      this.#send({ ...found, row: this.#shown.row, notice: this.#shown.notice });
      return;
    }
    if (!this.#shown) this.#panel.send({ type: "busy", sentence: l10n.t("Reading the row twice…") });
    const model = await this.#inference.openModel(this.#inference.modelFolder);
    const row = await this.#withAnswer(found.row);
    const inspection = await this.#inference.inspectRow(row);
    const notice: LensRow = {
      rowId: this.#nextRowId++,
      place: found.place,
      model,
      open: lensBook(inspection.open),
      closed: inspection.closed && lensBook(inspection.closed),
      measures: inspectionMeasures(inspection),
      verdict: null,
      otherAnswer: found.dataset?.otherAnswer ?? null,
      isAnswerGenerated: row !== found.row,
      formulas: lensFormulas,
      programVersion: this.#programVersion,
    };
    this.#questions.cancelAll();
    this.#send({ ...found, row, notice });
  }

  /** A prompt without an answer is looked at with the one that the model itself gives. */
  async #withAnswer(row: Row): Promise<Row> {
    if (row.target.text !== "") return row;
    const { modelFolder } = this.#inference;
    const request = { modelFolder, row, template: "own", book: "open", maxNewTokens: maxAnswerTokens } as const;
    const { text } = await this.#inference.ask("row/generate", request, new AbortController().signal);
    return { ...row, target: { kind: "text", text } };
  }

  /** Sends the row with its verdict of this moment. */
  #send(shown: ShownRow): void {
    const notice: LensRow = { ...shown.notice, place: shown.place, verdict: this.#verdict(shown) };
    const isKnown =
      this.#shown?.notice.rowId === notice.rowId &&
      JSON.stringify([this.#shown.notice.place, this.#shown.notice.verdict]) ===
        JSON.stringify([notice.place, notice.verdict]);
    this.#shown = { ...shown, notice };
    if (isKnown) return;
    const { place } = notice;
    this.#panel.title(placeTitle(place));
    this.#panel.send({ type: "row", row: notice });
  }

  #verdict({ dataset, notice }: ShownRow): LensRow["verdict"] {
    if (!dataset || this.#source?.kind !== "dataset") return null;
    const scored = this.#datasets.of(Uri.parse(this.#source.uri))?.scored;
    const record = scored?.slot(dataset.slotIdx);
    if (!scored?.judgement || !record || record === "blank") return null;
    const verdict = scored.verdict(record, dataset.turnIdx);
    return verdict && lensVerdict(verdict, notice.measures, scored.judgement, verdictMeaning(verdict.verdict));
  }

  async #find(): Promise<FoundRow | NoRow | null> {
    const source = this.#source;
    if (!source) return null;
    const model = this.#inference.modelFolder;
    if (source.kind === "scratch") {
      const { input, fileName } = source;
      // Nothing is typed yet.
      if (input.messages.every(({ text }) => text.trim() === "")) return null;
      const key = JSON.stringify([model, input]);
      return { row: scratchRow(input), place: { kind: "scratch", fileName }, dataset: null, key };
    }
    const uri = Uri.parse(source.uri);
    const document = await workspace.openTextDocument(uri);
    const open = this.#datasets.ofDocument(document);
    const found = open && (await this.#rows.rowAt(open, source.line, source.character));
    if (!found) return null;
    const fileName = basename(uri.path);
    if ("problem" in found)
      return { place: { kind: "dataset", fileName, line: found.line + 1, turnIdx: 0 }, problem: found.problem };
    const { line, turnIdx, text, row } = found;
    const place: LensPlace = { kind: "dataset", fileName, line: line + 1, turnIdx };
    return { row, place, dataset: found, key: JSON.stringify([model, text, turnIdx]) };
  }

  #sendSource(): void {
    if (this.#source) this.#panel.send({ type: "source", source: this.#source, isFollowing: this.#isFollowing });
  }

  #onMessage(message: LensMessage): void {
    switch (message.type) {
      case "ready":
        this.#sendSource();
        if (!this.#shown) {
          this.#refreshLater(0);
          return;
        }
        // A panel that was closed and opened again on the same row.
        this.#panel.title(placeTitle(this.#shown.notice.place));
        this.#panel.send({ type: "row", row: this.#shown.notice });
        return;
      case "follow":
        this.#isFollowing = message.isFollowing;
        this.#sendSource();
        this.#catchUp();
        return;
      case "scratch":
        this.#source = { kind: "scratch", fileName: null, input: message.input };
        this.#refreshLater(0);
        return;
      case "command":
        void runLensCommand(message.command, this.#source);
        return;
      case "save":
        void saveLensFile(message, this.#source);
        return;
      case "ask":
        void this.#answer(message.requestId, message.rowId, message.question);
        return;
      case "cancel":
        this.#questions.cancel(message.requestId);
    }
  }

  async #answer(requestId: number, rowId: number, question: LensQuestion): Promise<void> {
    const shown = this.#shown;
    if (shown?.notice.rowId !== rowId) {
      this.#panel.send({ type: "failure", requestId, sentence: l10n.t("Another row is shown by now.") });
      return;
    }
    const { modelFolder } = this.#inference;
    const notice = await this.#questions.answer(requestId, question, { modelFolder, row: shown.row });
    if (notice) this.#panel.send(notice);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    Disposable.from(...this.#subscriptions).dispose();
  }
}

/** What the panel is called: `Lens: rows.jsonl:3`, with the turn where it is not the first. */
function placeTitle(place: LensPlace): string {
  if (place.kind === "scratch") return l10n.t("Lens: {0}", l10n.t("typed prompt"));
  const { fileName, line, turnIdx } = place;
  return l10n.t("Lens: {0}", `${fileName}:${line}${turnIdx > 0 ? `, ${turnIdx + 1}` : ""}`);
}

/** What the lens opens on for a document and its cursor: a dataset's row. */
export function datasetSource(document: TextDocument, line: number, character: number): LensSource | null {
  return isDataset(document) ? { kind: "dataset", uri: document.uri.toString(), line, character } : null;
}
