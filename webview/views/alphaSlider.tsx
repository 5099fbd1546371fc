import { LOWEST_USEFUL_ALPHA } from "../../src/core/attentionSteering.ts";
import { LOWEST_ALPHA } from "../figures/interventionFigures.ts";
import { say } from "../words.ts";

/** Strengths of the paper, which the slider rests at. */
const detents = [1, 0.98, 0.95, 0.9];
/** A pull this near to a detent ends on it. */
const pull = 0.006;

interface AlphaSliderProps {
  readonly alpha: number;
  readonly onChange: (alpha: number) => void;
}

/** Alpha from 1 (no steering) down into the range that harms, which is hatched. */
export function AlphaSlider({ alpha, onChange }: AlphaSliderProps) {
  const isHarmful = alpha < LOWEST_USEFUL_ALPHA;
  const share = (value: number) => `${((1 - value) / (1 - LOWEST_ALPHA)) * 100}%`;
  const snapped = (value: number) => detents.find((detent) => Math.abs(detent - value) <= pull) ?? value;
  return (
    <div class={isHarmful ? "alpha harmful" : "alpha"}>
      <label for="alpha">
        alpha <output data-number="alpha">{alpha.toFixed(3).replace(/0$/, "")}</output>{" "}
        <span class="quiet">
          {alpha === 1
            ? say("no steering")
            : isHarmful
              ? say("harmful range: below 0.9 the paper's own scores collapse")
              : say("useful range")}
        </span>
      </label>
      <div class="track">
        <span class="harm-range" style={{ insetInlineStart: share(LOWEST_USEFUL_ALPHA) }} aria-hidden="true" />
        {/* The slider runs from 1 on the left: its value is the distance from 1. */}
        <input
          id="alpha"
          data-control="alpha"
          type="range"
          min={0}
          max={1 - LOWEST_ALPHA}
          step={0.005}
          value={1 - alpha}
          aria-valuetext={say("alpha {alpha}", { alpha: alpha.toFixed(3) })}
          onInput={({ currentTarget }) => onChange(snapped(Number((1 - currentTarget.valueAsNumber).toFixed(3))))}
          onKeyDown={(event) => {
            const target = keyTarget(event.key, alpha);
            if (target === null) return;
            event.preventDefault();
            onChange(target);
          }}
        />
      </div>
      <div class="detents">
        {detents.map((detent) => (
          <button
            key={detent}
            type="button"
            style={{ insetInlineStart: share(detent) }}
            aria-pressed={detent === alpha}
            onClick={() => onChange(detent)}
          >
            {detent}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Arrows step by 0.005, page keys and Home jump between detents: the pull towards a detent must not hold the keys. */
function keyTarget(key: string, alpha: number): number | null {
  const rounded = (value: number) => Number(Math.min(1, Math.max(LOWEST_ALPHA, value)).toFixed(3));
  if (key === "ArrowRight" || key === "ArrowDown") return rounded(alpha - 0.005);
  if (key === "ArrowLeft" || key === "ArrowUp") return rounded(alpha + 0.005);
  if (key === "PageDown") return detents.find((detent) => detent < alpha) ?? LOWEST_ALPHA;
  if (key === "PageUp") return detents.findLast((detent) => detent > alpha) ?? 1;
  if (key === "Home") return 1;
  return key === "End" ? LOWEST_ALPHA : null;
}
