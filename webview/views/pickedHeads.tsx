import { useLens } from "../lensContext.ts";
import { say } from "../words.ts";

/** The heads picked for steering, each with a button that lays it back. */
export function PickedHeads() {
  const { state, dispatch } = useLens();
  const { picked } = state;
  if (picked.length === 0)
    return (
      <p class="note">
        {say("No head is picked for steering: click one in the ledger with Ctrl, Cmd or Shift, or press Space on it.")}
      </p>
    );
  return (
    <fieldset class="picked">
      <legend>{say("Picked for steering")}</legend>
      {picked.map((head) => (
        <button
          key={`${head.layerIdx}.${head.headIdx}`}
          type="button"
          aria-label={say("Lay back layer {layerIdx}, head {headIdx}", { ...head })}
          onClick={() => dispatch({ type: "pick", head })}
        >
          L{head.layerIdx} H{head.headIdx} <span aria-hidden="true">×</span>
        </button>
      ))}
      <button type="button" data-control="clear-picked" onClick={() => dispatch({ type: "clear-picked" })}>
        {say("Clear")}
      </button>
    </fieldset>
  );
}
