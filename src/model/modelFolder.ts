import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { CodedError } from "../core/problem.ts";
import { type JsonObject, readJsonObject, readLimitedText } from "./jsonFile.ts";

/** The files of a model, laid out as on the Hugging Face hub, found and checked; the graph itself is not read yet. */
export interface ModelFolder {
  /** The folder, symbolic links resolved. */
  readonly path: string;
  /** The repository's name where the folder is a hub cache, otherwise the folder's. */
  readonly name: string;
  /** The graph as it is named inside the folder; it may be a symbolic link that leaves it. */
  readonly graphFile: string;
  /** What the graph file's name says of its weights. */
  readonly dtype: string;
  /** Every graph of the folder that can be chosen, best first, e.g. "onnx/model_q4.onnx". */
  readonly graphs: readonly string[];
  readonly tokenizerFile: string;
  readonly config: JsonObject;
  readonly tokenizerConfig: JsonObject;
  /** The chat template's text; null for a base model. */
  readonly chatTemplate: string | null;
}

/** Which graph to open where a folder holds several. */
export interface ModelFolderOptions {
  /** One of the names in `graphDtypes`. */
  readonly dtype?: string;
}

// Limits for files that come from strangers: several times the largest of each kind on the hub in 2025
// (config 60 KB, tokenizer_config 1.3 MB, template 40 KB), far below what would exhaust memory.
const maxConfigBytes = 1 << 20;
const maxTokenizerConfigBytes = 16 << 20;
const maxTemplateBytes = 1 << 20;

/** Suffix of the graph's file name and the dtype it stands for, in the order of preference: the most exact first. */
export const graphDtypes: readonly (readonly [string, string])[] = [
  ["", "float32"],
  ["_fp32", "float32"],
  ["_fp16", "float16"],
  ["_q4f16", "q4f16"],
  ["_q4", "q4"],
  ["_bnb4", "bnb4"],
  ["_int8", "int8"],
  ["_uint8", "uint8"],
  ["_quantized", "int8"],
];
export const graphStems = ["model", "decoder_model", "decoder_model_merged"];

/**
 * Finds the files of a model folder and says precisely what is missing.
 * A folder that a person chose is trusted to link to files outside it, as the hub's cache does.
 * @throws CodedError `model/folder-missing` {folder, reason}, `model/graph-missing` {folder} and {dtype, found} where a dtype was asked for,
 * `model/tokenizer-missing` {folder}, `model/file-missing` {folder, file}, `model/file-too-large`, `model/file-invalid`.
 */
export async function openModelFolder(folder: string, options: ModelFolderOptions = {}): Promise<ModelFolder> {
  const path = resolveFolder(folder);
  const graphs = findGraphs(path);
  const chosen = graphs.find((graph) => options.dtype === undefined || graph.dtype === options.dtype);
  if (!chosen) {
    const found = graphs.map((graph) => graph.file).join(", ") || "none";
    const asked = options.dtype === undefined ? {} : { dtype: options.dtype, found };
    throw new CodedError("model/graph-missing", { folder: path, ...asked });
  }
  const config = readJsonObject(join(path, "config.json"), maxConfigBytes);
  if (!config) throw new CodedError("model/file-missing", { folder: path, file: "config.json" });
  const tokenizerFile = join(path, "tokenizer.json");
  if (!isFile(tokenizerFile)) throw new CodedError("model/tokenizer-missing", { folder: path });
  const tokenizerConfig = readJsonObject(join(path, "tokenizer_config.json"), maxTokenizerConfigBytes) ?? {};
  return {
    path,
    name: modelName(path),
    graphFile: join(path, chosen.file),
    dtype: chosen.dtype,
    graphs: graphs.map((graph) => graph.file),
    tokenizerFile,
    config,
    tokenizerConfig,
    chatTemplate: readChatTemplate(path, tokenizerConfig),
  };
}

function resolveFolder(folder: string): string {
  try {
    const path = realpathSync(folder);
    if (statSync(path).isDirectory()) return path;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CodedError("model/folder-missing", { folder, reason }, { cause: error });
  }
  throw new CodedError("model/folder-missing", { folder, reason: "not a folder" });
}

function isFile(path: string): boolean {
  try {
    // stat follows links: a link of the hub's cache whose target was deleted is a missing file.
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function findGraphs(path: string): { file: string; dtype: string }[] {
  const graphs: { file: string; dtype: string }[] = [];
  const names = new Map<string, readonly string[]>();
  for (const place of ["onnx", ""]) names.set(place, onnxFileNames(join(path, place)));
  for (const stem of graphStems) {
    for (const [suffix, dtype] of graphDtypes) {
      for (const [place, present] of names) {
        const name = `${stem}${suffix}.onnx`;
        const file = place ? `${place}/${name}` : name;
        if (present.includes(name) && isFile(join(path, file))) graphs.push({ file, dtype });
      }
    }
  }
  return graphs;
}

function onnxFileNames(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.map((entry) => entry.name).filter((name) => name.endsWith(".onnx"));
}

/** `…/models--org--name/snapshots/<commit>` is how the hub's cache names `org/name`. */
function modelName(path: string): string {
  const cached = path.split(sep).findLast((part) => part.startsWith("models--"));
  return cached ? cached.slice("models--".length).replaceAll("--", "/") : basename(path);
}

/** The newer place, a file of its own, wins over the field of the tokenizer's configuration. */
function readChatTemplate(path: string, tokenizerConfig: JsonObject): string | null {
  const own = readLimitedText(join(path, "chat_template.jinja"), maxTemplateBytes);
  if (own !== null) return own;
  const field = tokenizerConfig.chat_template;
  const template = Array.isArray(field) ? namedTemplate(field) : field;
  if (template === undefined || template === null) return null;
  const file = join(path, "tokenizer_config.json");
  if (typeof template !== "string")
    throw new CodedError("model/file-invalid", { file, reason: "chat_template is not text" });
  const sizeBytes = Buffer.byteLength(template);
  if (sizeBytes > maxTemplateBytes)
    throw new CodedError("model/file-too-large", { file, sizeBytes, maxBytes: maxTemplateBytes });
  return template;
}

/** Among several named templates the one called "default" is the one for conversations. */
function namedTemplate(templates: readonly unknown[]): unknown {
  const entries = templates as readonly ({ name?: unknown; template?: unknown } | null)[];
  return entries.find((entry) => entry?.name === "default")?.template ?? entries[0]?.template;
}
