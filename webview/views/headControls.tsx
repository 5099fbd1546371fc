import { useLens } from "../lensContext.ts";
import type { HeadChoice } from "../lensState.ts";
import { say } from "../words.ts";
import { IndexOptions } from "./indexOptions.tsx";

interface HeadControlsProps {
  readonly nLayers: number;
  readonly nHeads: number;
  /** Whether all layers at once can be chosen. */
  readonly hasAllLayers: boolean;
}

/** Which layer and head attention is taken from; the same choice for every part of the lens. */
export function HeadControls({ nLayers, nHeads, hasAllLayers }: HeadControlsProps) {
  const { state, dispatch } = useLens();
  const { heads } = state;
  const choose = (change: Partial<HeadChoice>) => dispatch({ type: "heads", heads: { ...heads, ...change } });
  const layer = heads.layerIdx ?? (hasAllLayers ? "all" : Math.floor(nLayers / 2));
  return (
    <>
      <label>
        {say("Layer")}{" "}
        <select
          data-control="layer"
          value={String(layer)}
          onChange={({ currentTarget: { value } }) => choose({ layerIdx: value === "all" ? null : Number(value) })}
        >
          {hasAllLayers && <option value="all">{say("all")}</option>}
          <IndexOptions count={nLayers} />
        </select>
      </label>
      <label>
        {say("Head")}{" "}
        <select
          data-control="head"
          value={String(heads.head)}
          onChange={({ currentTarget: { value } }) =>
            choose({ head: value === "mean" || value === "max" ? value : Number(value) })
          }
        >
          <option value="mean">{say("mean")}</option>
          <option value="max">{say("max")}</option>
          <IndexOptions count={nHeads} />
        </select>
      </label>
    </>
  );
}
