// One pass over one sequence with taps on some layers, in a process of its own:
// `tapSide.ts MODEL_FOLDER ORDER N_TAPPED N_TOKENS N_ROUNDS`. Prints JSON.
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Tensor } from "onnxruntime-node";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, runSession } from "../../src/model/onnxRuntime.ts";
import { tapPort } from "../../src/onnx/attentionTap.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { headPort } from "../../src/onnx/gatheredHead.ts";
import { trunkBytes } from "../../src/onnx/instrumentation.ts";
import { type GraphProto, ModelProtoSchema, type NodeProto } from "../../src/onnx/proto/onnx_pb.ts";
import { threads } from "./benchSettings.ts";
import { peakMb } from "./peakMemory.ts";

/** Where the nodes that reduce a pattern stand: at the graph's end, last layer first or last, or right behind it. */
export type TapOrder = "descending" | "ascending" | "inline";

export interface TapSide {
  readonly seconds: readonly number[];
  readonly peakMb: number;
}

const nQueries = 64;
const nRoles = 9;
const [folder = "", order = "", tapped = "", length = "", nRounds = ""] = process.argv.slice(2);
const [nTapped, nTokens] = [Number(tapped), Number(length)];

const file = openOnnxFile(join(folder, "onnx", "model.onnx"));
const decoder = describeDecoder(file.model);
// Spread over the depth, the last layer always among them.
const layers = Array.from({ length: nTapped }, (_, idx) => Math.round(((idx + 1) * decoder.nLayers) / nTapped) - 1);
const bytes = trunkBytes(file.model, { hiddenRows: true, ...(nTapped > 0 ? { reducedAttention: layers } : {}) });
const session = await createSession(inOrder(bytes), file.folder, file.path, { prepack: false, threads });
const tokenIds = Int32Array.from({ length: nTokens }, (_, idx) => (idx * 7919) % decoder.vocabSize);
const feeds = await decoderFeeds(decoder.inputs, padBatch([tokenIds]));
const last = Array.from({ length: nQueries }, (_, idx) => BigInt(nTokens - nQueries + idx));
const roles = Float32Array.from({ length: nTokens * nRoles }, (_, idx) => {
  const role = Math.floor((Math.floor(idx / nRoles) * nRoles) / nTokens);
  return role === idx % nRoles ? 1 : 0;
});
feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.from(last), [nQueries]);
feeds[tapPort.queryPositions] = new Tensor("int64", BigInt64Array.from(last), [nQueries]);
feeds[tapPort.roleMask] = new Tensor("float32", roles, [1, 1, nTokens, nRoles]);
feeds[tapPort.keyMask] = new Tensor("bool", new Uint8Array(nTokens).fill(1), [1, 1, 1, nTokens]);
await runSession(session, feeds, file.path);
const seconds: number[] = [];
for (let round = 0; round < Number(nRounds); round++) {
  const startMs = performance.now();
  await runSession(session, feeds, file.path);
  seconds.push((performance.now() - startMs) / 1000);
}
process.stdout.write(JSON.stringify({ seconds, peakMb: peakMb() } satisfies TapSide), () => process.exit(0));

/** The graph with its reducing nodes moved; as they are made, the last layer's come first, at the end. */
function inOrder(original: Uint8Array): Uint8Array {
  if (order === "descending") return original;
  const model = fromBinary(ModelProtoSchema, original);
  if (model.graph !== undefined) moveTaps(model.graph);
  return toBinary(ModelProtoSchema, model);
}

function moveTaps(graph: GraphProto): void {
  const groups = new Map<number, NodeProto[]>();
  for (const node of graph.node) {
    const layer = /(?:rows-|rows-by-head-|rows-float32-|clean-|reduced-|^attention_)(\d+)$/.exec(
      node.output[0] ?? "",
    )?.[1];
    if (layer !== undefined) groups.set(Number(layer), [...(groups.get(Number(layer)) ?? []), node]);
  }
  const moved = new Set([...groups.values()].flat());
  const ascending = [...groups].sort(([a], [b]) => a - b).map(([, nodes]) => nodes);
  graph.node = graph.node.filter((node) => !moved.has(node));
  if (order === "ascending") {
    graph.node.push(...ascending.flat());
    return;
  }
  for (const nodes of ascending) {
    const pattern = nodes[0]?.input[0] ?? "";
    const maker = graph.node.findIndex((node) => node.output.includes(pattern));
    graph.node.splice(maker + 1, 0, ...nodes);
  }
}
