import type { LensState } from "../lensState.ts";
import { placeName } from "../placeName.ts";
import { say } from "../words.ts";

/** What stands in place of a row: what is under way, or why there is none to look at. */
export function NoRow({ state: { problem, problemPlace, busy } }: { readonly state: LensState }) {
  return (
    <>
      {problem !== null && problemPlace && (
        <header>
          <h1>
            <bdi>{placeName(problemPlace)}</bdi>
          </h1>
        </header>
      )}
      <p class={problem === null ? "quiet waiting" : "problem"} role="status">
        {problem ?? busy ?? say("Opening…")}
      </p>
    </>
  );
}
