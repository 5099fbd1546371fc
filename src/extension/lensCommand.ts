import { commands, Range, Selection, TextEditorRevealType, Uri, window } from "vscode";
import type { LensCommand, LensSource } from "../protocol/lens.ts";
import { explainVerdictCommand, scoreFileCommand, selectModelCommand } from "./commands/commandNames.ts";

/** Runs what a button of the lens stands for. */
export async function runLensCommand(command: LensCommand, source: LensSource | null): Promise<void> {
  const uri = source?.kind === "dataset" ? source.uri : null;
  if (command === "selectModel") await commands.executeCommand(selectModelCommand);
  if (command === "explainVerdict") await commands.executeCommand(explainVerdictCommand, "formulas");
  if (command === "scoreFile" && uri) await commands.executeCommand(scoreFileCommand, uri);
  if (command === "reveal" && source?.kind === "dataset") await revealRow(source);
}

async function revealRow({ uri, line, character }: { uri: string; line: number; character: number }): Promise<void> {
  const address = Uri.parse(uri);
  const shown = window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri);
  const editor = await window.showTextDocument(address, shown?.viewColumn ? { viewColumn: shown.viewColumn } : {});
  const place = new Range(line, character, line, character);
  editor.selection = new Selection(place.start, place.end);
  editor.revealRange(place, TextEditorRevealType.InCenterIfOutsideViewport);
}
