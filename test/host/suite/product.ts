// What the tests of this folder share: the extension as other extensions see it, and files to score.
import { ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  commands,
  type Diagnostic,
  extensions,
  type Hover,
  languages,
  type MarkdownString,
  Position,
  type TextDocument,
  Uri,
  window,
  workspace,
} from "vscode";
import type { ApiDataset, ContextRelianceApi } from "../../../src/extension/api.ts";

/** The extension's exports; activates it. */
export async function productApi(): Promise<ContextRelianceApi> {
  const extension = extensions.getExtension<ContextRelianceApi>("context-reliance.context-reliance");
  ok(extension, "the extension is not installed");
  return extension.activate();
}

/** Waits until something is true and returns it. */
export async function until<T>(what: string, look: () => T | null | undefined | false, limitMs = 30_000): Promise<T> {
  const endMs = Date.now() + limitMs;
  while (Date.now() < endMs) {
    const found = look();
    if (found) return found;
    await sleep(20);
  }
  throw new Error(`waited ${limitMs} ms for: ${what}`);
}

/** Address of a file of the test's folder. */
export function fileUri(path: string): Uri {
  const folder = workspace.workspaceFolders?.[0];
  ok(folder);
  return Uri.joinPath(folder.uri, path);
}

/** Writes a file of the test's folder and opens it in the editor. */
export async function openText(path: string, text: string): Promise<TextDocument> {
  await workspace.fs.writeFile(fileUri(path), new TextEncoder().encode(text));
  return openFile(path);
}

export async function openFile(path: string): Promise<TextDocument> {
  const document = await workspace.openTextDocument(fileUri(path));
  await window.showTextDocument(document);
  return document;
}

/** Runs Score File and returns what came out. */
export async function scoreFile(document: TextDocument): Promise<ApiDataset> {
  await commands.executeCommand("contextReliance.scoreFile", document.uri);
  return datasetOf(document);
}

export async function datasetOf(document: TextDocument): Promise<ApiDataset> {
  const dataset = (await productApi()).dataset(document.uri);
  ok(dataset, `${document.uri.path} is not scored`);
  return dataset;
}

/** Our diagnostics of a document. */
export function diagnosticsOf(document: TextDocument): Diagnostic[] {
  return languages.getDiagnostics(document.uri).filter(({ source }) => source === "Context Reliance");
}

/** The lines of flags, rising, as diagnostics show them. */
export function flaggedLines(document: TextDocument): number[] {
  return diagnosticsOf(document)
    .filter(({ code }) => typeof code === "object")
    .map(({ range }) => range.start.line)
    .sort((a, b) => a - b);
}

/** What the hover at a place says, all providers together. */
export async function hoverText(document: TextDocument, line: number, character: number): Promise<string> {
  const position = new Position(line, character);
  const hovers = await commands.executeCommand<Hover[]>("vscode.executeHoverProvider", document.uri, position);
  return hovers
    .flatMap(({ contents }) => contents.map((part) => (part as MarkdownString).value ?? String(part)))
    .join("\n");
}

/**
 * Rows that no other test has, so that none is in the store. The first line is the easiest: its answer is in every row's
 * words.
 */
export function freshRows(nRows: number, salt: string): string {
  const colours = ["green", "red", "blue", "white", "black", "yellow"];
  const things = ["bridge", "house", "tower", "boat", "gate", "garden", "school"];
  const rows = Array.from({ length: nRows }, (_, i) => {
    const colour = colours[i % colours.length];
    const thing = `${things[i % things.length]} ${salt}${i}`;
    const instruction = `Which colour is the ${thing}?`;
    return JSON.stringify({
      instruction,
      input: `The ${thing} was painted ${colour} last year.`,
      output: `The ${thing} is ${colour}.`,
    });
  });
  return `${rows.join("\n")}\n`;
}

/** A row as the command line prints it. */
export interface AuditedRow {
  /** 1-based line. */
  readonly row: number;
  readonly flagged: boolean;
  readonly verdict: string | null;
  readonly closedPerplexity: number | null;
  readonly gain: number | null;
}

/** What the command line says of a file, computed without any stored score. */
export async function auditByCommandLine(document: TextDocument): Promise<AuditedRow[]> {
  const program = join(__dirname, "..", "..", "cli.js");
  const args = [program, "audit", document.uri.fsPath, "--format", "jsonl", "--no-cache"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 }).catch((error) => {
    // Problems in the file give another exit code; the rows are there all the same.
    if (typeof error.stdout === "string" && error.stdout !== "") return error;
    throw error;
  });
  return stdout
    .trim()
    .split("\n")
    .map((line: string) => JSON.parse(line));
}

/** Says where two numbers are further apart than float32 arithmetic in another order explains. */
export function isClose(a: number | null | undefined, b: number | null | undefined): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a == null && b == null;
  return Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a));
}
