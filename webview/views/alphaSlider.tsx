import { LOWEST_USEFUL_ALPHA } from "../../src/core/attentionSteering.ts";
import { usefulShare } from "../../src/figure/steeringCurve.ts";
import { LOWEST_ALPHA } from "../figures/steeringFigures.ts";
import { say } from "../words.ts";

/** Strengths of the paper, which the slider rests at. */
const detents = [1, 0.98, 0.95, 0.9];
/** A pull this near to a detent, on the track, ends on it. */
const pull = 0.02;

interface AlphaSliderProps {
  readonly alpha: number;
  readonly onChange: (alpha: number) => void;
}

/** Alpha from 1 (no steering) down into the range that harms, which is hatched. */
export function AlphaSlider({ alpha, onChange }: AlphaSliderProps) {
  const isHarmful = alpha < LOWEST_USEFUL_ALPHA;
  // A thumb of 16 pixels stands half of its width away from both ends.
  const place = (value: number) => `calc(8px + (100% - 16px) * ${position(value).toFixed(4)})`;
  return (
    <div class={isHarmful ? "alpha harmful" : "alpha"}>
      <label for="alpha">
        alpha <output data-number="alpha">{alpha}</output>{" "}
        <span class="quiet">
          {alpha === 1
            ? say("no steering")
            : isHarmful
              ? say("harmful range: below 0.9 the paper's own scores collapse")
              : say("useful range")}
        </span>
      </label>
      <div class="track">
        <span class="harm-range" style={{ insetInlineStart: place(LOWEST_USEFUL_ALPHA) }} aria-hidden="true" />
        {/* The slider runs from 1 on the left; its value is a place on the track. */}
        <input
          id="alpha"
          data-control="alpha"
          type="range"
          min={0}
          max={1}
          step={0.001}
          value={position(alpha)}
          aria-valuetext={say("alpha {alpha}", { alpha: alpha.toFixed(3) })}
          onInput={({ currentTarget }) => onChange(snapped(alphaAt(currentTarget.valueAsNumber)))}
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
            style={{ insetInlineStart: place(detent) }}
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

/** Where an alpha stands on the track, from 0 at 1: the useful range has the larger part. */
function position(alpha: number): number {
  return alpha >= LOWEST_USEFUL_ALPHA
    ? (usefulShare * (1 - alpha)) / (1 - LOWEST_USEFUL_ALPHA)
    : usefulShare + ((1 - usefulShare) * (LOWEST_USEFUL_ALPHA - alpha)) / (LOWEST_USEFUL_ALPHA - LOWEST_ALPHA);
}

function alphaAt(place: number): number {
  return place <= usefulShare
    ? 1 - (place / usefulShare) * (1 - LOWEST_USEFUL_ALPHA)
    : LOWEST_USEFUL_ALPHA - ((place - usefulShare) / (1 - usefulShare)) * (LOWEST_USEFUL_ALPHA - LOWEST_ALPHA);
}

function snapped(alpha: number): number {
  const near = detents.find((detent) => Math.abs(position(detent) - position(alpha)) <= pull);
  return near ?? Math.round(alpha * 200) / 200;
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
