import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { CodedError } from "../core/problem.ts";
import { externalFiles, renameExternalFiles } from "../onnx/externalData.ts";
import type { ModelProto } from "../onnx/proto/onnx_pb.ts";
import { readSkeleton } from "../onnx/skeleton.ts";

/** An ONNX model file, read without its weights; its tensors refer to files in `folder`. */
export interface OnnxFile {
  /** The file, symbolic links resolved. */
  readonly path: string;
  /** Where ONNX Runtime looks for the files that tensors refer to. */
  readonly folder: string;
  readonly model: ModelProto;
}

/**
 * Reads a model file's graph and checks that every file with weights is there and long enough. Reads the structure only:
 * milliseconds, whatever the size of the weights.
 *
 * @throws CodedError `model/file-missing`, `model/file-truncated`, `model/file-corrupt`, `model/graph-over-limit`,
 * `model/external-data-escape`, each with `file`.
 */
export function openOnnxFile(file: string): OnnxFile {
  const path = resolved(file, file);
  const folder = dirname(path);
  const model = withFileName(file, () => readGraph(path));
  withFileName(file, () => placeExternalFiles(model, dirname(file), path));
  return { path, folder, model };
}

/** Adds the file's name to a coded error that does not know it. */
export function withFileName<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CodedError) || "file" in error.data) throw error;
    throw new CodedError(error.code, { file, ...error.data }, { cause: error });
  }
}

function readGraph(path: string): ModelProto {
  const descriptor = openSync(path, "r");
  try {
    const size = fstatSync(descriptor).size;
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
    };
    return readSkeleton({ size, read }, basename(path));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Names every external file as it is called in the resolved folder. In the hub's cache both the graph and its data are
 * links into one folder of blobs, under other names than the graph knows.
 */
function placeExternalFiles(model: ModelProto, givenFolder: string, path: string): void {
  const folder = dirname(path);
  const places = new Map<string, string>();
  for (const { location, neededBytes } of externalFiles(model)) {
    // Tensors that the reader turned into references lie in the graph file itself.
    const file = location === basename(path) ? path : resolved(join(givenFolder, location), location);
    const place = relative(folder, file);
    if (place.startsWith("..") || isAbsolute(place)) throw new CodedError("model/external-data-escape", { location });
    const sizeBytes = statSync(file).size;
    if (sizeBytes < neededBytes)
      throw new CodedError("model/file-truncated", { file, position: neededBytes, sizeBytes });
    places.set(location, place.split(sep).join("/"));
  }
  if ([...places].every(([location, place]) => location === place)) return;
  renameExternalFiles(model, (location) => places.get(location) ?? location);
}

function resolved(file: string, shownName: string): string {
  try {
    const path = realpathSync(file);
    if (statSync(path).isFile()) return path;
  } catch (cause) {
    throw new CodedError("model/file-missing", { file: shownName }, { cause });
  }
  throw new CodedError("model/file-missing", { file: shownName });
}
