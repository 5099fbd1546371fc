import type { HeadPosition } from "../../src/core/attentionLedger.ts";
import { heatCells, type LedgerHeat, ledgerHeatMap } from "../../src/figure/ledgerHeatMap.ts";
import { shareText } from "../../src/figure/numberText.ts";
import { useLens, useWidth } from "../lensContext.ts";
import { say } from "../words.ts";
import { svgView } from "./svgView.tsx";

interface HeadMapProps {
  readonly heat: LedgerHeat;
  readonly chosen: HeadPosition;
}

/** The map of heads: a click or the arrow keys choose one, a click with Ctrl, Cmd or Shift, Space or Enter picks it for steering. */
export function HeadMap({ heat, chosen }: HeadMapProps) {
  const { dispatch } = useLens();
  const [ref, widthPx] = useWidth<HTMLDivElement>();
  const choose = ({ layerIdx, headIdx }: HeadPosition) =>
    dispatch({ type: "heads", heads: { layerIdx, head: headIdx } });
  const onClick = (event: MouseEvent) => {
    const cell = event.target instanceof Element ? event.target.closest<SVGElement>("[data-layer]") : null;
    if (!cell) return;
    const head = { layerIdx: Number(cell.dataset.layer), headIdx: Number(cell.dataset.head) };
    choose(head);
    if (event.ctrlKey || event.metaKey || event.shiftKey) dispatch({ type: "pick", head });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = headTarget(heat, chosen, event.key);
    if (to) choose(to);
    else if (event.key === " " || event.key === "Enter") dispatch({ type: "pick", head: chosen });
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div
        ref={ref}
        class="head-map"
        data-control="head-map"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move over the heads and pick them
        tabIndex={0}
        role="application"
        aria-label={say("Heads: arrow keys move from head to head, Space picks one for steering")}
        aria-describedby="head-at-cursor"
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        {widthPx > 0 && svgView(ledgerHeatMap(heat, { id: "head-map", widthPx: Math.max(240, widthPx) }))}
      </div>
      <p id="head-at-cursor" class="quiet" aria-live="polite">
        {headWords(heat, chosen)}
      </p>
    </>
  );
}

/** The head that an arrow key leads to, in the order of the map. */
function headTarget(heat: LedgerHeat, { layerIdx, headIdx }: HeadPosition, key: string): HeadPosition | null {
  const lines = heatCells(heat);
  const column = lines[layerIdx]?.findIndex((cell) => cell.headIdx === headIdx) ?? -1;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowRight: [layerIdx, Math.min(heat.nHeads - 1, column + 1)],
    ArrowLeft: [layerIdx, Math.max(0, column - 1)],
    ArrowDown: [Math.min(heat.nLayers - 1, layerIdx + 1), column],
    ArrowUp: [Math.max(0, layerIdx - 1), column],
    Home: [layerIdx, 0],
    End: [layerIdx, heat.nHeads - 1],
  };
  const [line, place] = steps[key] ?? [-1, -1];
  return lines[line]?.[place] ?? null;
}

function headWords({ shares, nHeads, roleName, picked }: LedgerHeat, { layerIdx, headIdx }: HeadPosition): string {
  const share = shares[layerIdx * nHeads + headIdx] ?? Number.NaN;
  const isPicked = picked.some((head) => head.layerIdx === layerIdx && head.headIdx === headIdx);
  const facts = { layerIdx, headIdx, role: roleName, share: Number.isFinite(share) ? shareText(share, 1) : "–" };
  return isPicked
    ? say("Layer {layerIdx}, head {headIdx}: {role} {share}. Picked for steering.", facts)
    : say("Layer {layerIdx}, head {headIdx}: {role} {share}. Not picked.", facts);
}
