import { CodedError } from "../core/problem.ts";
import type { HubFile, HubRepository } from "./hubRepository.ts";
import { graphDtypes, graphStems } from "./modelFolder.ts";

/** One of the graphs that a repository offers, with all that is needed to run it. */
export interface HubChoice {
  /** As `openModelFolder` calls it, e.g. `q4`. */
  readonly dtype: string;
  readonly graphName: string;
  /** In the order in which they are loaded: the graph last, so that a graph in the cache is a whole model. */
  readonly files: readonly HubFile[];
  readonly sizeBytes: number;
}

const commonNames = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
];
const neededNames = ["config.json", "tokenizer.json"];

/** transformers.js's and torch's names of dtypes that have a longer one here. */
const dtypeAliases: Readonly<Record<string, string>> = {
  fp32: "float32",
  fp16: "float16",
  q8: "int8",
  quantized: "int8",
};

/** No model that fits a workstation is larger; it is also about what the hub serves without its own protocol. */
const maxModelBytes = 64 * 1024 ** 3;

/** What a repository offers, best first and at most one graph per dtype; empty where it has no ONNX model. */
export function hubChoices(repository: HubRepository): HubChoice[] {
  const names = new Map(repository.files.map((file) => [file.name, file]));
  const common = commonNames.flatMap((name) => names.get(name) ?? []);
  const choices = new Map<string, HubChoice>();
  for (const stem of graphStems) {
    for (const [suffix, dtype] of graphDtypes) {
      for (const place of ["onnx/", ""]) {
        const graph = names.get(`${place}${stem}${suffix}.onnx`);
        if (!graph || choices.has(dtype)) continue;
        const files = [...common, ...repository.files.filter((file) => isExternalData(file.name, graph.name)), graph];
        const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
        choices.set(dtype, { dtype, graphName: graph.name, files, sizeBytes });
      }
    }
  }
  return [...choices.values()];
}

/** Exporters keep weights next to the graph as `model.onnx_data`, `model.onnx_data_1`, … or `model.onnx.data`. */
function isExternalData(name: string, graphName: string): boolean {
  return name.startsWith(graphName) && /^[._]data(?:_\d+)?$/.test(name.slice(graphName.length));
}

/**
 * The choice of a dtype, by either of its names; the only one where none is named.
 * @throws CodedError `hub/no-model` {reason, id, file}, `hub/dtype-missing` {reason, id, dtype, offered},
 * `hub/too-large` {id, sizeBytes, maxBytes}.
 */
export function chooseDtype(
  repository: HubRepository,
  dtype: string | null,
  maxBytes: number = maxModelBytes,
): HubChoice {
  const { id } = repository;
  const choices = hubChoices(repository);
  if (choices.length === 0) throw new CodedError("hub/no-model", { reason: "graph", id });
  const missing = neededNames.find((needed) => !repository.files.some(({ name }) => name === needed));
  if (missing) throw new CodedError("hub/no-model", { reason: "file", id, file: missing });
  const wanted = dtype === null ? null : (dtypeAliases[dtype] ?? dtype);
  const choice = wanted === null && choices.length === 1 ? choices[0] : choices.find((each) => each.dtype === wanted);
  if (!choice) {
    const offered = choices.map((each) => `${each.dtype} (${sizeText(each.sizeBytes)})`).join(", ");
    const reason = wanted === null ? "several" : "unknown";
    throw new CodedError("hub/dtype-missing", { reason, id, dtype: dtype ?? "any", offered });
  }
  const { sizeBytes } = choice;
  if (sizeBytes > maxBytes) throw new CodedError("hub/too-large", { id, sizeBytes, maxBytes });
  return choice;
}

/** As the hub shows sizes, in powers of 1000: `1.3 GB`. */
export function sizeText(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = sizeBytes;
  let unitIdx = 0;
  while (size >= 999.5 && unitIdx < units.length - 1) {
    size /= 1000;
    unitIdx++;
  }
  return `${size < 9.95 && unitIdx > 0 ? size.toFixed(1) : Math.round(size)} ${units[unitIdx]}`;
}
