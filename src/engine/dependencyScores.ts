import { setImmediate } from "node:timers/promises";
import { contextDependency, dependencyLayer } from "../core/contextDependency.ts";
import { CodedError, type Problem } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { InspectableModel, ReducedAttention } from "./inspectableModel.ts";
import type { SegmentedPrompt } from "./languageModel.ts";
import { checkCancelled, rowBooks } from "./rowBooks.ts";

/** How much a response depends on what the user said, in one layer. */
export interface LayerDependency {
  /** Counted from 0 among the layers with attention. */
  readonly layerIdx: number;
  /** The context-dependency score (Wang et al., Eq. 2), in [0, 1]; see `core/contextDependency.ts`. */
  readonly score: number;
  /** float32 `[target token]`: the largest user mass of any head at each target token; their mean is the score. */
  readonly tokenMasses: Float32Array;
}

/** The context-dependency scores of one assistant turn, or why it has none. */
export interface TurnDependency {
  /** Position of the row in the request. */
  readonly rowIdx: number;
  /** One entry per asked layer, ascending; empty when there is a problem. */
  readonly layers: readonly LayerDependency[];
  readonly problems: readonly Problem[];
}

/**
 * Scores how much assistant turns depend on what the user said, open-book under the model's own template. The model runs
 * no further than the last asked layer. A turn that cannot be scored says why; the others go on.
 * @param layers counted from 0 among the layers with attention; null for `dependencyLayer`.
 * @throws CodedError `model/unsupported-graph` (`no-attention`, `layer`), `cancelled`.
 */
export async function dependencyScores(
  rows: readonly Row[],
  model: InspectableModel,
  { layers, signal }: { readonly layers: readonly number[] | null; readonly signal: AbortSignal },
): Promise<TurnDependency[]> {
  const asked = layers ?? [dependencyLayer(model.nAttentionLayers)];
  const turns: TurnDependency[] = [];
  for (const [rowIdx, row] of rows.entries()) {
    await setImmediate();
    checkCancelled(signal);
    turns.push({ rowIdx, ...(await turnDependency(row, model, asked)) });
  }
  return turns;
}

async function turnDependency(
  row: Row,
  model: InspectableModel,
  layers: readonly number[],
): Promise<Omit<TurnDependency, "rowIdx">> {
  const prompt = openPrompt(row, model);
  if (prompt instanceof CodedError) {
    return { layers: [], problems: [{ code: prompt.code, severity: "error", data: prompt.data }] };
  }
  const { start, end } = prompt.target;
  const groups = new Float32Array(end);
  for (const { role, tokenSpan } of prompt.segments) {
    // The user's own words and the context among them: no role marks, start token or system text.
    if (role === "user" || role === "context") groups.fill(1, tokenSpan.start, tokenSpan.end);
  }
  const attention = await model.reducedAttention({
    tokenIds: prompt.tokenIds.slice(0, end),
    queries: Array.from({ length: end - start }, (_, idx) => start + idx),
    groups,
    nGroups: 1,
    layers,
  });
  return { layers: attention.layers.map((layerIdx, idx) => layerDependency(attention, layerIdx, idx)), problems: [] };
}

function openPrompt(row: Row, model: InspectableModel): SegmentedPrompt | CodedError {
  try {
    return rowBooks(row, model, "own").open.prompt;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

function layerDependency(
  { masses, nHeads, nQueries }: ReducedAttention,
  layerIdx: number,
  idx: number,
): LayerDependency {
  const userMass = masses.subarray(idx * nHeads * nQueries, (idx + 1) * nHeads * nQueries);
  const tokenMasses = Float32Array.from({ length: nQueries }, (_, t) =>
    Math.max(...Array.from({ length: nHeads }, (_, headIdx) => userMass[headIdx * nQueries + t] as number)),
  );
  return { layerIdx, score: contextDependency(userMass, nHeads), tokenMasses };
}
