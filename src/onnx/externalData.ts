import { CodedError } from "../core/problem.ts";
import { subgraphsOf } from "./graphIndex.ts";
import type { GraphProto, ModelProto, StringStringEntryProto, TensorProto } from "./proto/onnx_pb.ts";

const externalLocation = 1;

/** The files that a model's tensors refer to, each with the number of bytes it must at least have. */
export interface ExternalFile {
  /** Path relative to the model's folder, `/` as separator. */
  readonly location: string;
  readonly neededBytes: number;
}

/**
 * The external data files of a model. A location must stay inside the model's folder.
 *
 * @throws CodedError `model/external-data-escape` with the location, `model/file-corrupt` where an entry has no location
 * or no valid numbers.
 */
export function externalFiles(model: ModelProto): ExternalFile[] {
  const needed = new Map<string, number>();
  for (const entry of externalEntries(model)) {
    const location = entry.location.value;
    needed.set(location, Math.max(needed.get(location) ?? 0, entry.end));
  }
  return [...needed].map(([location, neededBytes]) => ({ location, neededBytes }));
}

/** Renames locations in place, for files that lie under another name in the session's folder. */
export function renameExternalFiles(model: ModelProto, rename: (location: string) => string): void {
  for (const { location } of externalEntries(model)) location.value = rename(location.value);
}

function externalEntries(model: ModelProto): { location: StringStringEntryProto; end: number }[] {
  const tensors = model.graph === undefined ? [] : tensorsOf(model.graph);
  const functionNodes = model.functions.flatMap((each) => each.node);
  tensors.push(
    ...functionNodes.flatMap((node) => node.attribute).flatMap((attribute) => (attribute.t ? [attribute.t] : [])),
  );
  return tensors.filter((tensor) => tensor.dataLocation === externalLocation).map(readEntry);
}

/** All tensors of a graph that may have external data: initializers and attributes, those of subgraphs included. */
function tensorsOf(graph: GraphProto): TensorProto[] {
  const tensors = [...graph.initializer];
  for (const sparse of graph.sparseInitializer)
    tensors.push(...[sparse.values, sparse.indices].filter((each) => each !== undefined));
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t !== undefined) tensors.push(attribute.t);
      tensors.push(...attribute.tensors);
    }
    for (const subgraph of subgraphsOf(node)) tensors.push(...tensorsOf(subgraph));
  }
  return tensors;
}

function readEntry(tensor: TensorProto): { location: StringStringEntryProto; end: number } {
  const entry = (key: string) => tensor.externalData.find((each) => each.key === key);
  const location = entry("location");
  const offset = Number(entry("offset")?.value ?? 0);
  const length = Number(entry("length")?.value ?? 0);
  const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (location === undefined || location.value === "" || !isRange) {
    throw new CodedError("model/file-corrupt", { position: 0, reason: "external-data", tensor: tensor.name });
  }
  if (leavesFolder(location.value)) {
    throw new CodedError("model/external-data-escape", { location: location.value, tensor: tensor.name });
  }
  return { location, end: offset + length };
}

/** Absolute on any system (`/x`, `\x`, `C:x`), a NUL, or a `..` on the way: whoever wrote that wants another file than a weight. */
function leavesFolder(location: string): boolean {
  if (/^[/\\]|^[A-Za-z]:|\0/.test(location)) return true;
  return location.split(/[/\\]/).includes("..");
}
