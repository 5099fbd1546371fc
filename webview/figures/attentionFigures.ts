import type { HeadPosition } from "../../src/core/attentionLedger.ts";
import type { FigureTable } from "../../src/figure/figureTable.ts";
import { type LedgerHeat, ledgerHeatMap } from "../../src/figure/ledgerHeatMap.ts";
import { promptAttention } from "../../src/figure/promptAttention.ts";
import { type ShareBar, shareBars } from "../../src/figure/shareBars.ts";
import { shareColumns } from "../../src/figure/shareColumns.ts";
import { type ShareRole, shareRoleName, shareRoles } from "../../src/figure/shareRole.ts";
import type { LensRow } from "../../src/protocol/lens.ts";
import {
  headShares,
  heatShares,
  meanShares,
  type Normalisation,
  normalised,
  type PromptLedger,
  type RowLedger,
  tokenShares,
} from "../ledgerShares.ts";
import { say } from "../words.ts";
import type { LensFigure } from "./lensFigure.ts";

/** Stands beside every figure of attention. */
export function causalNote(): string {
  return say(
    "Attention share is not causal importance: a head may look at words that change nothing, and words may matter that get little attention. Compare with the ablation.",
  );
}

/** The prompt by role with the attention of one of its tokens. */
export function promptFigure(row: LensRow, shares: Float32Array | null, lookingIdx: number | null): LensFigure {
  const { texts, roles, spellings, fragments } = row.open;
  const tokens = () =>
    texts.map((text, i) => ({
      text,
      fragment: fragments[i] ?? "",
      role: roles[i] ?? "template",
      attention: shares === null ? null : (shares[i] ?? 0),
    }));
  return {
    name: "prompt",
    title: say("The prompt by role, and where the chosen token looks"),
    draw: (frame) => promptAttention(tokens(), lookingIdx, frame),
    table: () => ({
      columns: [say("place"), say("token"), say("spelling"), say("role"), say("attention")],
      rows: tokens().map(({ text, role, attention }, i) => [i + 1, text, spellings[i] ?? "", role, attention]),
    }),
    note: causalNote(),
  };
}

export interface HeatOptions {
  readonly role: ShareRole;
  readonly normalisation: Normalisation;
  readonly isSorted: boolean;
  readonly chosen: HeadPosition;
  /** Heads picked to be steered. */
  readonly picked: readonly HeadPosition[];
}

/** What the map of layers by heads is drawn from. */
export function ledgerHeat(
  ledger: PromptLedger,
  { role, normalisation, isSorted, chosen, picked }: HeatOptions,
): LedgerHeat {
  const { nLayers, nHeads } = ledger;
  const roleName = role === "user" ? say("user (context included)") : shareRoleName[role];
  return { nLayers, nHeads, shares: heatShares(ledger, role, normalisation), roleName, isSorted, chosen, picked };
}

/** Layers by heads: how much of each head's attention goes to one role. */
export function heatFigure(ledger: PromptLedger, options: HeatOptions): LensFigure {
  const { role, picked } = options;
  const heat = ledgerHeat(ledger, options);
  const { shares, nHeads, roleName } = heat;
  return {
    name: `ledger-heads-${role}`,
    title: say("Attention on {role} by layer and head", { role: roleName }),
    draw: (frame) => ledgerHeatMap(heat, frame),
    table: () => ({
      columns: [say("layer"), say("head"), say("share on {role}", { role: roleName }), say("picked")],
      rows: Array.from(shares, (share, i) => {
        const [layerIdx, headIdx] = [Math.floor(i / nHeads), i % nHeads];
        const isPicked = picked.some((head) => head.layerIdx === layerIdx && head.headIdx === headIdx);
        return [layerIdx, headIdx, share, isPicked ? 1 : 0];
      }),
    }),
    note: causalNote(),
  };
}

/** Stacked shares: the representative head, a chosen one and the mean, with and without the chat template. */
export function shareFigure(ledger: RowLedger, normalisation: Normalisation, chosen: HeadPosition): LensFigure {
  const { representativeHead } = ledger;
  const isOther = chosen.layerIdx !== representativeHead.layerIdx || chosen.headIdx !== representativeHead.headIdx;
  const headName = ({ layerIdx, headIdx }: HeadPosition) => `L${layerIdx} H${headIdx}`;
  const barsOf = (prompt: PromptLedger, suffix: string): ShareBar[] => [
    {
      name: `${say("representative {head}", { head: headName(representativeHead) })}${suffix}`,
      shares: normalised(headShares(prompt, representativeHead), normalisation),
    },
    ...(isOther
      ? [
          {
            name: `${say("chosen {head}", { head: headName(chosen) })}${suffix}`,
            shares: normalised(headShares(prompt, chosen), normalisation),
          },
        ]
      : []),
    { name: `${say("mean of heads")}${suffix}`, shares: normalised(meanShares(prompt), normalisation) },
  ];
  const bars = ledger.withTemplate
    ? [
        ...barsOf(ledger.withTemplate, say(", with template")),
        ...barsOf(ledger.withoutTemplate, say(", without template")),
      ]
    : barsOf(ledger.withoutTemplate, "");
  const title = say("Where attention goes before the first answer token");
  return {
    name: "ledger-shares",
    title,
    draw: (frame) => shareBars(title, bars, frame),
    table: () => shareTable(say("heads"), bars),
    note: causalNote(),
  };
}

/** The same while the answer is said, token by token. */
export function columnFigure(
  row: LensRow,
  ledger: PromptLedger,
  of: "representative" | "mean",
  normalisation: Normalisation,
): LensFigure {
  const { start } = row.open.target;
  const columns = tokenShares(ledger, of).map((shares, t) => ({
    name: row.open.texts[start + t] ?? "",
    shares: normalised(shares, normalisation),
  }));
  const title = say("Where attention goes while each answer token is said");
  return {
    name: "ledger-tokens",
    title,
    draw: (frame) => shareColumns(title, columns, frame),
    table: () => shareTable(say("token"), columns),
    note: causalNote(),
  };
}

function shareTable(heading: string, bars: readonly ShareBar[]): FigureTable {
  return {
    columns: [heading, ...shareRoles.map((role) => shareRoleName[role])],
    rows: bars.map(({ name, shares }) => [name, ...shareRoles.map((role) => shares[role])]),
  };
}
