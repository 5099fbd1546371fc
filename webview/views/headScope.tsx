import { useState } from "preact/hooks";
import type { HeadPosition } from "../../src/core/attentionLedger.ts";
import { type Answer, useAnswer, useLens } from "../lensContext.ts";
import { say } from "../words.ts";
import { IndexOptions } from "./indexOptions.tsx";

const scopes = ["all", "layer", "picked"] as const;
type Scope = (typeof scopes)[number];

/** The heads that are steered, and the choice that says which. */
export interface SteeredHeads {
  /** Null for all. */
  readonly heads: readonly HeadPosition[] | null;
  /** False until the model has said how many heads the chosen layer has. */
  readonly isKnown: boolean;
  /** What that is learned from. */
  readonly answer: Answer<unknown>;
  readonly scope: Scope;
  readonly setScope: (scope: Scope) => void;
  readonly layerIdx: number;
  readonly setLayerIdx: (layerIdx: number) => void;
}

export function useSteeredHeads(): SteeredHeads {
  const { row, state } = useLens();
  const { picked } = state;
  const [wanted, setScope] = useState<Scope>(picked.length > 0 ? "picked" : "all");
  const [wantedLayer, setLayerIdx] = useState(state.heads.layerIdx ?? Math.floor(row.model.nLayers / 2));
  const layerIdx = Math.min(wantedLayer, row.model.nLayers - 1);
  // Picked heads can be laid back while they are what is steered.
  const scope = wanted === "picked" && picked.length === 0 ? "all" : wanted;
  const answer = useAnswer(scope === "layer" ? { method: "row/ledger" } : null);
  const layer = answer.value && headsOf(layerIdx, answer.value.withoutTemplate.nHeads);
  const heads = { all: null, layer, picked }[scope];
  const isKnown = scope !== "layer" || layer !== null;
  return { heads, isKnown, answer, scope, setScope, layerIdx, setLayerIdx };
}

function headsOf(layerIdx: number, nHeads: number): HeadPosition[] {
  return Array.from({ length: nHeads }, (_, headIdx) => ({ layerIdx, headIdx }));
}

/** Which heads are steered: all, those of one layer, or the picked ones. */
export function HeadScope({ steered }: { readonly steered: SteeredHeads }) {
  const { row, state } = useLens();
  const { scope, setScope, layerIdx, setLayerIdx } = steered;
  const nPicked = state.picked.length;
  return (
    <>
      <label>
        {say("Heads")}{" "}
        <select
          data-control="heads"
          value={scope}
          onChange={({ currentTarget }) => setScope(scopes.find((each) => each === currentTarget.value) ?? "all")}
        >
          <option value="all">{say("all")}</option>
          <option value="layer">{say("of one layer")}</option>
          <option value="picked" disabled={nPicked === 0}>
            {nPicked > 0 ? say("the {count} picked", { count: nPicked }) : say("picked: choose them in the ledger")}
          </option>
        </select>
      </label>
      {scope === "layer" && (
        <label>
          {say("Layer")}{" "}
          <select
            data-control="steered-layer"
            value={String(layerIdx)}
            onChange={({ currentTarget }) => setLayerIdx(Number(currentTarget.value))}
          >
            <IndexOptions count={row.model.nLayers} />
          </select>
        </label>
      )}
    </>
  );
}
