import { useState } from "preact/hooks";
import { useLens } from "../lensContext.ts";
import { lensReport } from "../lensReport.ts";
import { placeName } from "../placeName.ts";
import { reportAnswers } from "../reportAnswers.ts";
import { rowName } from "../saveFigure.ts";
import { count, say } from "../words.ts";

/** Which row is shown, by which model, and what can be done with the whole. */
export function LensHeader() {
  const { host, state, row, answers, dispatch } = useLens();
  const [isSaving, setIsSaving] = useState(false);
  const { place, model, open, closed } = row;
  const isDataset = place.kind === "dataset";
  const name = <bdi>{placeName(place)}</bdi>;
  const save = async () => {
    setIsSaving(true);
    await reportAnswers(host, row, state, answers);
    setIsSaving(false);
    host.send({ type: "save", name: `${rowName(row)}-lens`, format: "html", content: lensReport(row, answers, state) });
  };
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
            {name}
          </button>
        ) : (
          name
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
            title={say("Follow the cursor in {file}", { file: place.fileName })}
            onClick={() => host.send({ type: "follow", isFollowing: !state.isFollowing })}
          >
            {state.isFollowing ? say("Following the file") : say("Follow the file")}
          </button>
        ) : (
          <button type="button" data-control="edit" onClick={() => dispatch({ type: "typing", isTyping: true })}>
            {say("Edit")}
          </button>
        )}
        <button type="button" data-control="save-html" disabled={isSaving} onClick={() => void save()}>
          {isSaving ? say("Measuring…") : say("Save as HTML")}
        </button>
      </div>
    </header>
  );
}
