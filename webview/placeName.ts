import type { LensPlace } from "../src/protocol/lens.ts";
import { say } from "./words.ts";

/** What a place is called in headings: `rows.jsonl, line 3`, with the turn where it is not the first. */
export function placeName(place: LensPlace): string {
  if (place.kind === "scratch") return say("Typed prompt");
  const { fileName: file, line, turnIdx } = place;
  return turnIdx > 0
    ? say("{file}, line {line}, turn {turn}", { file, line, turn: turnIdx + 1 })
    : say("{file}, line {line}", { file, line });
}
