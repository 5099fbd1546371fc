import { useState } from "preact/hooks";
import type { LensFigure } from "../figures/lensFigure.ts";
import { useLens } from "../lensContext.ts";
import { saveFigure } from "../saveFigure.ts";
import { say } from "../words.ts";

const formats = ["svg", "png", "csv", "json"] as const;

/** The ways to take a figure along. */
export function SaveButtons({ figure }: { readonly figure: LensFigure }) {
  const { host, row } = useLens();
  const [failure, setFailure] = useState<string | null>(null);
  const save = async (format: (typeof formats)[number]) => {
    setFailure(null);
    await saveFigure(host, row, figure, format).catch((error: Error) =>
      setFailure(say("Not saved as {format}: {reason}.", { format: format.toUpperCase(), reason: error.message })),
    );
  };
  return (
    <>
      {formats.map((format) => (
        <button
          key={format}
          type="button"
          title={say("Save as {format}", { format: format.toUpperCase() })}
          onClick={() => void save(format)}
        >
          {format.toUpperCase()}
        </button>
      ))}
      {failure !== null && (
        <span class="problem" role="status">
          {failure}
        </span>
      )}
    </>
  );
}
