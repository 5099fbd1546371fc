import {
  type AttentionLedger,
  attentionLedger,
  type HeadPosition,
  meanContextMass,
  type RoleAttention,
  renormalisedLedger,
  representativeHead,
} from "../core/attentionLedger.ts";
import type { SegmentRole } from "../core/role.ts";
import type { Row } from "../core/row.ts";
import type { InspectableModel, ReducedAttention, TemplateChoice } from "./inspectableModel.ts";
import type { SegmentedPrompt } from "./languageModel.ts";
import { checkCancelled, rowBooks } from "./rowBooks.ts";

/** Ledger of one head (or the mean of all), raw and renormalised over user, assistant and first token. */
export interface LedgerShares {
  readonly raw: AttentionLedger;
  /** Sums to 1; NaN where none of the three gets attention. */
  readonly renormalised: Pick<AttentionLedger, "user" | "assistant" | "bos">;
  /** The same with the start token left out, to see what the attention sink hides; its `bos` is 0. */
  readonly withoutBos: Pick<AttentionLedger, "user" | "assistant" | "bos">;
  /** Mass on the context passage alone, part of `raw.user`. */
  readonly context: number;
}

/** Where the model looks when it begins its answer, and while it says it, under one rendering of the prompt. */
export interface PromptLedger {
  readonly nLayers: number;
  readonly nHeads: number;
  /** Columns of the arrays below. */
  readonly roles: readonly SegmentRole[];
  /** Token position of the last prompt token, which says the first answer token. */
  readonly queryIdx: number;
  /** float32 `[layer, head, role]`, flattened: attention mass at that position. */
  readonly masses: Float32Array;
  /** float32 `[layer, head]`: mass on the sequence's first token, whatever its role: the attention sink. */
  readonly sinkMasses: Float32Array;
  readonly representative: LedgerShares;
  /** Mean over all layers and heads. */
  readonly mean: LedgerShares;
  /**
   * float32 `[answer token, role]`, flattened, of the representative head: attention from the position that says each
   * answer token; the first entry is that of `queryIdx`.
   */
  readonly tokenMasses: Float32Array;
  /** The same, mean over all layers and heads. */
  readonly meanTokenMasses: Float32Array;
  /** Mean over layers and heads of the mass on the context span at `queryIdx` (Goyal et al., Fig. 3b). */
  readonly meanContextMass: number;
}

/** The attention ledger of a row with the model's chat template and without any. */
export interface RowLedger {
  /** The head with the largest user mass, chosen once, on the prompt without template. */
  readonly representativeHead: HeadPosition;
  /** Null for a base model, which has no template of its own. */
  readonly withTemplate: PromptLedger | null;
  readonly withoutTemplate: PromptLedger;
}

/** Columns of every ledger, in the order in which they are shown. */
const ledgerColumns: readonly SegmentRole[] = [
  "user",
  "context",
  "assistant",
  "target",
  "system",
  "tool",
  "template",
  "bos",
];

/**
 * Measures where the model looks when it says a row's target, with its chat template and without any, open-book.
 * @throws CodedError `model/unsupported-graph` (`no-attention`), what keeps the row from being scored, `cancelled`.
 */
export async function rowLedger(row: Row, model: InspectableModel, signal: AbortSignal): Promise<RowLedger> {
  const bare = await answerAttention(row, model, "plain");
  const representative = representativeHead(atQuery(bare.attention, 0));
  checkCancelled(signal);
  const own = model.hasChatTemplate ? await answerAttention(row, model, "own") : null;
  return {
    representativeHead: representative,
    withTemplate: own && promptLedger(own, representative),
    withoutTemplate: promptLedger(bare, representative),
  };
}

/** Attention from every position that says a target token, reduced to roles and to the first token. */
interface AnswerAttention {
  readonly prompt: SegmentedPrompt;
  readonly attention: ReducedAttention;
}

async function answerAttention(row: Row, model: InspectableModel, template: TemplateChoice): Promise<AnswerAttention> {
  const { prompt } = rowBooks(row, model, template).open;
  const { start, end } = prompt.target;
  const tokenIds = prompt.tokenIds.slice(0, end);
  const queries = Array.from({ length: end - start }, (_, idx) => start + idx - 1);
  const nGroups = ledgerColumns.length + 1;
  const groups = new Float32Array(tokenIds.length * nGroups);
  for (const { role, tokenSpan } of prompt.segments) {
    for (let key = tokenSpan.start; key < Math.min(end, tokenSpan.end); key++) {
      groups[key * nGroups + ledgerColumns.indexOf(role)] = 1;
    }
  }
  // The attention sink stands at the first token, whether a template, a start token or a word is there.
  groups[ledgerColumns.length] = 1;
  return { prompt, attention: await model.reducedAttention({ tokenIds, queries, groups, nGroups, layers: null }) };
}

/** The attention of one answer position by layer, head and role, the sink's column left out. */
function atQuery({ masses, layers, nHeads, nQueries, nGroups }: ReducedAttention, queryIdx: number): RoleAttention {
  const nRoles = ledgerColumns.length;
  const picked = new Float32Array(layers.length * nHeads * nRoles);
  for (let row = 0; row < layers.length * nHeads; row++) {
    const start = (row * nQueries + queryIdx) * nGroups;
    picked.set(masses.subarray(start, start + nRoles), row * nRoles);
  }
  return { masses: picked, nLayers: layers.length, nHeads, roles: ledgerColumns };
}

function promptLedger({ prompt, attention }: AnswerAttention, head: HeadPosition): PromptLedger {
  const { masses, layers, nHeads, nQueries, nGroups } = attention;
  const first = atQuery(attention, 0);
  const nRows = layers.length * nHeads;
  const sinkMasses = Float32Array.from(
    { length: nRows },
    (_, row) => masses[row * nQueries * nGroups + nGroups - 1] as number,
  );
  const tokenMasses = new Float32Array(nQueries * ledgerColumns.length);
  const meanTokenMasses = new Float32Array(nQueries * ledgerColumns.length);
  for (let t = 0; t < nQueries; t++) {
    const at = atQuery(attention, t);
    tokenMasses.set(headMasses(at, head), t * ledgerColumns.length);
    meanTokenMasses.set(meanMasses(at), t * ledgerColumns.length);
  }
  return {
    nLayers: layers.length,
    nHeads,
    roles: ledgerColumns,
    queryIdx: prompt.target.start - 1,
    masses: first.masses,
    sinkMasses,
    representative: ledgerShares(headMasses(first, head)),
    mean: ledgerShares(meanMasses(first)),
    tokenMasses,
    meanTokenMasses,
    meanContextMass: meanContextMass(first),
  };
}

/** The masses of one head, float32 `[role]`. */
function headMasses({ masses, nHeads, roles }: RoleAttention, { layerIdx, headIdx }: HeadPosition): Float32Array {
  const start = (layerIdx * nHeads + headIdx) * roles.length;
  return masses.subarray(start, start + roles.length);
}

/** The masses averaged over all layers and heads, float32 `[role]`; summed in float64. */
function meanMasses({ masses, roles }: RoleAttention): Float32Array {
  const sums = new Float64Array(roles.length);
  for (const [idx, mass] of masses.entries()) sums[idx % roles.length] = (sums[idx % roles.length] as number) + mass;
  return Float32Array.from(sums, (sum) => sum / (masses.length / roles.length));
}

function ledgerShares(masses: Float32Array): LedgerShares {
  const raw = attentionLedger({ masses, nLayers: 1, nHeads: 1, roles: ledgerColumns }, { layerIdx: 0, headIdx: 0 });
  return {
    raw,
    renormalised: renormalisedLedger(raw),
    withoutBos: renormalisedLedger(raw, false),
    context: masses[ledgerColumns.indexOf("context")] as number,
  };
}
