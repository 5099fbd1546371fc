import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** A folder that looks like a model, by its files alone; only opening it says whether it can be used. */
export interface ModelFolderEntry {
  readonly path: string;
  readonly name: string;
  /** What the graph's file name says of its weights, e.g. `q4`; `float32` where it says nothing. */
  readonly dtype: string;
  /** Graph and external data together. */
  readonly sizeBytes: number;
}

/** What the end of a graph's file name stands for. */
const dtypeNames: Readonly<Record<string, string>> = { fp16: "float16", fp32: "float32", quantized: "int8" };

/** The name that a folder in the cache of a hub stands for: `…/models--org--name/snapshots/<commit>` is `org/name`. */
export function cachedModelName(path: string): string | null {
  const [, name] = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+[\\/]?$/.exec(path) ?? [];
  return name?.replaceAll("--", "/") ?? null;
}

/** The model in a folder; null when no ONNX graph with a tokenizer is there. */
export async function modelFolderEntry(path: string): Promise<ModelFolderEntry | null> {
  const top = await fileNames(path);
  if (!top.includes("tokenizer.json")) return null;
  for (const place of [join(path, "onnx"), path]) {
    const names = place === path ? top : await fileNames(place);
    const graph = names.filter((name) => name.endsWith(".onnx")).sort((a, b) => a.length - b.length)[0];
    if (graph === undefined) continue;
    const parts = names.filter(
      (name) => name === graph || name.startsWith(`${graph}_data`) || name.startsWith(`${graph}.data`),
    );
    const sizes = await Promise.all(parts.map(async (name) => (await stat(join(place, name))).size));
    const suffix = /_([a-z0-9]+)\.onnx$/.exec(graph)?.[1] ?? "fp32";
    const isStem = /^(decoder_)?model(_merged)?\.onnx$/.test(graph);
    const dtype = isStem ? "float32" : (dtypeNames[suffix] ?? suffix);
    return {
      path,
      name: cachedModelName(path) ?? basename(path),
      dtype,
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    };
  }
  return null;
}

/** The models in folders that hold one model folder each, and the folders that are models themselves; by name. */
export async function findModelFolders(parents: readonly string[]): Promise<ModelFolderEntry[]> {
  const candidates = await Promise.all(
    parents.map(async (parent) => [parent, ...(await folderNames(parent)).map((name) => join(parent, name))]),
  );
  const entries = await Promise.all([...new Set(candidates.flat())].map(modelFolderEntry));
  return entries.filter((entry) => entry !== null).sort((a, b) => a.name.localeCompare(b.name));
}

async function fileNames(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function folderNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
}
