import type { LensFigure } from "../figures/lensFigure.ts";
import { useLens } from "../lensContext.ts";
import { saveFigure } from "../saveFigure.ts";
import { say } from "../words.ts";

/** The ways to take a figure along. */
export function SaveButtons({ figure }: { readonly figure: LensFigure }) {
  const { host, row } = useLens();
  return (
    <>
      {(["svg", "png", "csv", "json"] as const).map((format) => (
        <button
          key={format}
          type="button"
          title={say("Save as {format}", { format: format.toUpperCase() })}
          onClick={() => void saveFigure(host, row, figure, format)}
        >
          {format.toUpperCase()}
        </button>
      ))}
    </>
  );
}
