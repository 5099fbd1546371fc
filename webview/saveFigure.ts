import { figureFile } from "../src/figure/figureFile.ts";
import { csvText } from "../src/figure/figureTable.ts";
import { type LensRow, maxSavedLength } from "../src/protocol/lens.ts";
import type { LensFigure } from "./figures/lensFigure.ts";
import type { Host } from "./host.ts";
import { methodsOf } from "./lensMethods.ts";
import { say } from "./words.ts";

/** Width of saved figures, CSS pixels; PNG has twice as many. */
const savedWidthPx = 900;
const pixelRatio = 2;

/** Hands a figure to the host to be saved. Rejects with a sentence when it cannot be made into such a file. */
export async function saveFigure(
  host: Host,
  row: LensRow,
  figure: LensFigure,
  format: "svg" | "png" | "csv" | "json",
): Promise<void> {
  const name = `${rowName(row)}-${figure.name}`;
  const svg = () => figureFile(figure.draw({ id: "figure", widthPx: savedWidthPx }));
  const content = {
    svg,
    csv: () => csvText(figure.table()),
    json: () => figureJson(row, figure),
    png: () => pngBytes(svg()),
  };
  const file = await content[format]();
  if (file.length > maxSavedLength) throw new Error(say("the file would be too large"));
  host.send({ type: "save", name, format, content: file });
}

/** A figure's numbers with what made them. */
export function figureJson(row: LensRow, { title, table, note }: LensFigure): string {
  const value = { title, note, place: row.place, methods: Object.fromEntries(methodsOf(row)), ...table() };
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** What a row is called in file names. */
export function rowName({ place }: LensRow): string {
  if (place.kind === "scratch") return "prompt";
  const stem =
    place.fileName
      .replace(/\.\w+$/, "")
      .replace(/[^\w-]+/g, "-")
      .slice(0, 60) || "row";
  return `${stem}-line-${place.line}${place.turnIdx > 0 ? `-turn-${place.turnIdx + 1}` : ""}`;
}

async function pngBytes(svg: string): Promise<Uint8Array> {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * pixelRatio;
    canvas.height = image.naturalHeight * pixelRatio;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvasBytes(canvas);
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function canvasBytes(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  return new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
}
