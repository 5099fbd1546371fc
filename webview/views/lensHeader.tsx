import type { LensRow } from "../../src/protocol/lens.ts";
import type { Host } from "../host.ts";
import { lensReport } from "../lensReport.ts";
import type { LensAction, LensState } from "../lensState.ts";
import { rowName } from "../saveFigure.ts";
import { count, say } from "../words.ts";

interface LensHeaderProps {
  readonly host: Host;
  readonly state: LensState;
  readonly row: LensRow;
  readonly answers: Map<string, unknown>;
  readonly dispatch: (action: LensAction) => void;
}

/** Which row is shown, by which model, and what can be done with the whole. */
export function LensHeader({ host, state, row, answers, dispatch }: LensHeaderProps) {
  const { place, model, open, closed } = row;
  const isDataset = place.kind === "dataset";
  const name = isDataset ? say("{file}, line {line}", { file: place.fileName, line: place.line }) : say("Typed prompt");
  const save = () =>
    host.send({ type: "save", name: `${rowName(row)}-lens`, format: "html", content: lensReport(row, answers, state) });
  return (
    <header>
      <h1>
        {isDataset ? (
          <button
            type="button"
            class="link"
            data-control="reveal"
            onClick={() => host.send({ type: "command", command: "reveal" })}
          >
            <bdi>{name}</bdi>
          </button>
        ) : (
          <bdi>{name}</bdi>
        )}
        {isDataset && place.turnIdx > 0 && (
          <span class="quiet"> {say("turn {turn}", { turn: place.turnIdx + 1 })}</span>
        )}
      </h1>
      <p class="quiet facts-line">
        <button type="button" class="link" onClick={() => host.send({ type: "command", command: "selectModel" })}>
          <bdi>{model.name.slice(0, 120)}</bdi>
        </button>
        {" · "}
        {closed
          ? say("{open} tokens with context, {closed} without", {
              open: count(open.tokenIds.length),
              closed: count(closed.tokenIds.length),
            })
          : say("{open} tokens", { open: count(open.tokenIds.length) })}
      </p>
      <div class="tools">
        {isDataset ? (
          <button
            type="button"
            data-control="follow"
            aria-pressed={state.isFollowing}
            title={say("Follow the cursor in the file")}
            onClick={() => host.send({ type: "follow", isFollowing: !state.isFollowing })}
          >
            {state.isFollowing ? say("Following") : say("Follow")}
          </button>
        ) : (
          <button type="button" data-control="edit" onClick={() => dispatch({ type: "typing", isTyping: true })}>
            {say("Edit")}
          </button>
        )}
        <button type="button" data-control="save-html" onClick={save}>
          {say("Save as HTML")}
        </button>
      </div>
    </header>
  );
}
