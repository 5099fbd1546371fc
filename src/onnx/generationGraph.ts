import { toBinary } from "@bufbuild/protobuf";
import { removeCache } from "./cacheRemoval.ts";
import { decoderHead } from "./decoderHead.ts";
import { type DecoderInputs, decoderInputs, tokenInput } from "./decoderInputs.ts";
import { elementType } from "./elementType.ts";
import { takeFloat32Inputs } from "./floatInputs.ts";
import { readTiedWeightAsItIs } from "./gatheredHead.ts";
import { GraphDraft } from "./graphDraft.ts";
import { declaredType, indexGraph } from "./graphIndex.ts";
import { addSteering, type SteeringInputs } from "./headSteering.ts";
import { type ModelProto, ModelProtoSchema, type ValueInfoProto } from "./proto/onnx_pb.ts";
import { pruneDeadNodes } from "./pruning.ts";

/** Names of the graph outputs of generation. */
export const generationPort = {
  /** int64 `[batch, 1]`: the most probable token after the last one given of each sequence. */
  nextId: "next_id",
  /** float32 `[batch, 1]`: its log-probability, nats. */
  nextLogProb: "next_log_prob",
  /** float32 `[batch, vocabulary]`: the log-probability of every token after the last one given, nats. */
  nextLogProbs: "next_log_probs",
} as const;

/** What a graph says of the next token: the most probable one, or how probable each is. */
export type NextTokenForm = "choice" | "distribution";

/** A graph that says one token after another. */
export interface GenerationGraph {
  readonly bytes: Uint8Array;
  /** For each past input, in order, the output that holds its successor; null where every step runs the whole sequence. */
  readonly presents: readonly string[] | null;
}

/**
 * A decoder's graph changed to say the most probable next token of each sequence, and its log-probability. The product
 * with the vocabulary runs for the last position only, and no logits leave the graph. The file's own cache inputs and
 * outputs are kept where each input has its output; otherwise, or where that is not wanted, the graph has no cache.
 *
 * With the form `distribution` all log-probabilities leave the graph, for a choice that needs those of two prompts.
 *
 * @throws CodedError `model/unsupported-graph`.
 */
export function generationGraph(
  model: ModelProto,
  steering: SteeringInputs,
  keepsCache = true,
  form: NextTokenForm = "choice",
): GenerationGraph {
  const draft = new GraphDraft(model);
  const pairs = keepsCache ? cachePairs(decoderInputs(draft.graph), draft.graph.output) : null;
  if (pairs === null) removeCache(draft);
  addSteering(draft, steering);
  const all = nextLogProbs(draft);
  draft.graph.output = [];
  if (form === "distribution") draft.addOutput(generationPort.nextLogProbs, all, elementType.float32);
  else addChoice(draft, all);
  const presents = pairs?.map((present, idx) => givePresent(draft, present, idx)) ?? null;
  pruneDeadNodes(draft.graph);
  takeFloat32Inputs(draft);
  return { bytes: toBinary(ModelProtoSchema, draft.model), presents };
}

/** Each past input's output, found by name: `past_key_values.3.key` becomes `present.3.key`. */
function cachePairs({ past, cacheSwitch }: DecoderInputs, outputs: readonly ValueInfoProto[]): ValueInfoProto[] | null {
  if (past.length === 0 || cacheSwitch !== null) return null;
  const presents = new Map(outputs.map((output) => [cacheName(output.name), output]));
  const pairs = past.map((input) => presents.get(cacheName(input.name)));
  return pairs.every((output) => output !== undefined) ? pairs : null;
}

/** What the names of a cache's input and output have in common. */
function cacheName(name: string): string {
  return name.replace(/^(past|present|cache|new|updated)(_key_values|_values)?[._]?/, "");
}

/** Half-precision caches cross as float32, which holds them exactly; the inputs of their names are float32 too. */
function givePresent(draft: GraphDraft, present: ValueInfoProto, idx: number): string {
  const type = declaredType(present);
  if (type === elementType.float32) {
    draft.graph.output.push(present);
    return present.name;
  }
  const name = `present_float32_${idx}`;
  draft.addOutput(name, draft.float32(`present-${idx}`, present.name), elementType.float32);
  return name;
}

/** Runs the head on each sequence's last hidden row alone; float32 `[batch, vocabulary]`, nats. */
function nextLogProbs(draft: GraphDraft): string {
  const index = indexGraph(draft.graph);
  const head = decoderHead(index);
  const shape = draft.add("hidden-shape", "Shape", [head.hidden]);
  const width = draft.add("hidden-width", "Gather", [shape, draft.ints([-1])], { axis: 0 });
  const idsShape = draft.add("ids-shape", "Shape", [tokenInput(draft.graph).name]);
  const batch = draft.add("batch", "Gather", [idsShape, draft.ints([0])], { axis: 0 });
  const wholeShape = draft.add("whole-shape", "Concat", [batch, draft.ints([-1]), width], { axis: 0 });
  const whole = draft.add("whole-hidden", "Reshape", [head.hidden, wholeShape]);
  const lastRows = draft.add("last-rows", "Gather", [whole, draft.ints([-1])], { axis: 1 });
  const flatShape = draft.add("flat-shape", "Concat", [draft.ints([-1]), width], { axis: 0 });
  const last = draft.add("flat-last-rows", "Reshape", [lastRows, flatShape]);
  const resolve = (name: string): string => {
    let source = name;
    for (let next = head.reshaped.get(source); next !== undefined; next = head.reshaped.get(source)) source = next;
    return source === head.hidden ? last : source;
  };
  for (const node of head.nodes) node.input = node.input.map(resolve);
  readTiedWeightAsItIs(index, head.product);
  // Declared types inside the head speak of `[batch, token, …]`, which no longer is.
  const renamed = new Set(head.nodes.flatMap((node) => node.output));
  draft.graph.valueInfo = draft.graph.valueInfo.filter((info) => !renamed.has(info.name));
  const logits = draft.float32("logits-float32", resolve(head.logits));
  const rowsShape = draft.add("logits-shape", "Concat", [batch, draft.ints([-1])], { axis: 0 });
  const rows = draft.add("logits-rows", "Reshape", [logits, rowsShape]);
  return draft.add("log-softmax", "LogSoftmax", [rows], { axis: -1 });
}

/** Picks the most probable token. */
function addChoice(draft: GraphDraft, all: string): void {
  const logProb = draft.add("next-log-prob", "TopK", [all, draft.ints([1])], { axis: -1 });
  const id = draft.freshName("next-id");
  draft.graph.node.at(-1)?.output.push(id);
  draft.addOutput(generationPort.nextId, id, elementType.int64);
  draft.addOutput(generationPort.nextLogProb, logProb, elementType.float32);
}
