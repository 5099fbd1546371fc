import { decoderHead } from "./decoderHead.ts";
import { elementType, isFloatType } from "./elementType.ts";
import { GraphDraft } from "./graphDraft.ts";
import { type GraphIndex, indexGraph } from "./graphIndex.ts";
import { makeAttribute, makeValueInfo } from "./graphParts.ts";
import type { ModelProto, NodeProto } from "./proto/onnx_pb.ts";
import { pruneDeadNodes } from "./pruning.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";
import { valueType } from "./valueType.ts";

/** Names of the graph inputs and outputs that carry rows between the trunk and the head. */
export const headPort = {
  /** Trunk input, int64 `[row]`: positions in the flattened batch, `sequence * nTokens + token`. */
  scoredRows: "scored_rows",
  /** Trunk output and head input, `[row, hidden]`, float32; uint8 where the head's product is quantised. */
  hiddenRows: "hidden_rows",
  /** Prefix of values that the head's operators need besides rows; trunk outputs and head inputs of one name. */
  passed: "passed_",
  /** Head input, int64 `[row, 1]`: the token whose log-probability is wanted in each row. */
  targetIds: "target_ids",
  /** Head output, float32 `[row, 1]`, nats. */
  logProb: "log_prob",
  /** Head output, float32 `[row]`: entropy of the row's distribution, nats. */
  entropy: "entropy",
  /** Head output, int64 `[row]`: how many tokens are more probable than the target; 0 is the model's first choice. */
  rank: "rank",
  /** Head outputs `[row, k]`: the most probable tokens, int64, and their log-probabilities, float32. */
  topIds: "top_ids",
  topLogProb: "top_log_prob",
} as const;

/** What the head says about each row besides the target's log-probability. */
export interface HeadFigures {
  readonly entropy?: boolean;
  readonly rank?: boolean;
  /** How many of the most probable tokens to give. */
  readonly topK?: number;
}

/**
 * Makes a draft give the hidden rows at asked positions instead of logits: `[batch, token, hidden]` is flattened and rows
 * are gathered before the product with the vocabulary, which never runs for a row that nobody asked for.
 * The caller decides which other outputs remain, and prunes.
 */
export function gatherHiddenRows(draft: GraphDraft): void {
  const index = indexGraph(draft.graph);
  const head = decoderHead(index);
  const rows = draft.addInput(headPort.scoredRows, elementType.int64, ["row"]);
  const shape = draft.add("hidden-shape", "Shape", [head.hidden]);
  const width = draft.add("hidden-width", "Gather", [shape, draft.ints([-1])], { axis: 0 });
  const flatShape = draft.add("flat-shape", "Concat", [draft.ints([-1]), width], { axis: 0 });
  const flat = draft.add("flat-hidden", "Reshape", [head.hidden, flatShape]);
  const gathered = draft.add("gathered-rows", "Gather", [flat, rows], { axis: 0 });
  const type = typeOf(index, head.hidden);
  const portType = rowPortType(type);
  const given = portType === type ? gathered : draft.float32("gathered-float32", gathered);
  draft.addOutput(headPort.hiddenRows, given, portType);
  head.passedValues.forEach((value, idx) => {
    draft.addOutput(headPort.passed + idx, value, typeOf(index, value));
  });
}

/**
 * The decoder's head as a model of its own: hidden rows and target ids in, log p(target) out.
 *
 *     logProb[row] = logits[row, target] - log sum_v exp(logits[row, v])        nats
 *
 * Logits are cast to float32 before the softmax. Rows are independent, so a caller may send them in any portions;
 * `[row, vocab]` exists inside for one portion at a time.
 */
export function headModel(original: ModelProto, figures: HeadFigures = {}): ModelProto {
  const draft = new GraphDraft(original);
  const logits = keepHead(draft);
  addLogProb(draft, logits, figures);
  pruneDeadNodes(draft.graph);
  return draft.model;
}

/** Cuts the draft to its head, which reads rows from an input; returns the logits `[row, vocab]`, float32. */
function keepHead(draft: GraphDraft): string {
  const index = indexGraph(draft.graph);
  const head = decoderHead(index);
  draft.graph.input = [];
  draft.graph.output = [];
  const renamed = new Map(head.passedValues.map((value, idx) => [value, headPort.passed + idx]));
  const resolve = (name: string): string => {
    let source = name;
    for (let next = head.reshaped.get(source); next !== undefined; next = head.reshaped.get(source)) source = next;
    return renamed.get(source) ?? source;
  };
  const type = typeOf(index, head.hidden);
  const rows = draft.addInput(headPort.hiddenRows, rowPortType(type), ["row", "hidden"]);
  renamed.set(head.hidden, rowPortType(type) === type ? rows : draft.add("typed-rows", "Cast", [rows], { to: type }));
  head.passedValues.forEach((value, idx) => {
    draft.graph.input.push(makeValueInfo(headPort.passed + idx, typeOf(index, value)));
  });
  for (const node of head.nodes) node.input = node.input.map(resolve);
  readTiedWeightAsItIs(index, head.product);
  // Declared types inside the head speak of `[batch, token, …]`, which no longer is.
  draft.graph.valueInfo = [];
  const logits = draft.float32("logits-float32", resolve(head.logits));
  const nRows = draft.add(
    "row-count",
    "Gather",
    [draft.add("ids-shape", "Shape", [headPort.targetIds]), draft.ints([0])],
    {
      axis: 0,
    },
  );
  const shape = draft.add("logits-shape", "Concat", [nRows, draft.ints([-1])], { axis: 0 });
  return draft.add("logits-rows", "Reshape", [logits, shape]);
}

function addLogProb(draft: GraphDraft, logits: string, figures: HeadFigures): void {
  const ids = draft.addInput(headPort.targetIds, elementType.int64, ["row", 1]);
  const target = draft.add("target-logit", "GatherElements", [logits, ids], { axis: 1 });
  const all = draft.add("log-softmax", "LogSoftmax", [logits], { axis: -1 });
  draft.addOutput(
    headPort.logProb,
    draft.add("target-log-prob", "GatherElements", [all, ids], { axis: 1 }),
    elementType.float32,
  );
  if (figures.entropy === true) {
    const product = draft.add("p-log-p", "Mul", [draft.add("p", "Exp", [all]), all]);
    draft.addOutput(
      headPort.entropy,
      draft.add("entropy", "Neg", [draft.reduceSum("sum-p-log-p", product, 1)]),
      elementType.float32,
    );
  }
  if (figures.rank === true) {
    const above = draft.add("above", "Greater", [logits, target]);
    const counted = draft.add("above-count", "Cast", [above], { to: elementType.int64 });
    draft.addOutput(headPort.rank, draft.reduceSum("rank", counted, 1), elementType.int64);
  }
  if (figures.topK !== undefined) addTop(draft, all, figures.topK);
}

function addTop(draft: GraphDraft, logProbs: string, k: number): void {
  const values = draft.add("top", "TopK", [logProbs, draft.ints([k])], { axis: -1 });
  const ids = draft.freshName("top-ids");
  draft.graph.node.at(-1)?.output.push(ids);
  draft.addOutput(headPort.topLogProb, values, elementType.float32);
  draft.addOutput(headPort.topIds, ids, elementType.int64);
}

/**
 * A head tied to the embedding is written as a product with the transposed table. ONNX Runtime folds the transposition
 * into a copy of the table in memory; Gemm reads it in place. Other types than float32 have no fast Gemm on CPUs.
 */
export function readTiedWeightAsItIs(index: GraphIndex, product: NodeProto): void {
  const transpose = index.producers.get(product.input[1] ?? "");
  const weight = index.initializers.get(transpose?.input[0] ?? "");
  if (product.opType !== "MatMul" || transpose?.opType !== "Transpose" || weight === undefined) return;
  if (weight.dims.length !== 2 || weight.dataType !== elementType.float32) return;
  const order = transpose.attribute.find((attribute) => attribute.name === "perm")?.ints;
  if (order !== undefined && order[0] !== 1n) return;
  product.opType = "Gemm";
  product.input[1] = weight.name;
  product.attribute = [makeAttribute("transB", 1)];
}

/** Half-precision rows cross as float32, which holds them exactly: JavaScript has no array type for all of them everywhere. */
function rowPortType(type: number): number {
  return isFloatType(type) ? elementType.float32 : type;
}

function typeOf(index: GraphIndex, value: string): number {
  const type = valueType(index, value);
  if (type === undefined) throw unsupportedGraph("value-type", { value });
  return type;
}
