import { DEPENDENCY_THRESHOLD } from "../../src/core/contextDependency.ts";
import { type ShareRole, shareRoleName } from "../../src/figure/shareRole.ts";
import { columnFigure, heatFigure, ledgerHeat, shareFigure } from "../figures/attentionFigures.ts";
import { type Normalisation, normalisations, type RowLedger } from "../ledgerShares.ts";
import { useAnswer, useChoice, useLens } from "../lensContext.ts";
import { chosenHead } from "../lensState.ts";
import { say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";
import { HeadMap } from "./headMap.tsx";
import { PickedHeads } from "./pickedHeads.tsx";
import { Waiting } from "./waiting.tsx";

const heatRoles: readonly ShareRole[] = ["user", "context", "assistant", "system", "template", "bos"];

const normalisationName: Readonly<Record<Normalisation, () => string>> = {
  raw: () => say("all roles"),
  paper: () => say("user + assistant + first token"),
  withoutFirst: () => say("user + assistant"),
};

/** Whom the model looks at: by role, layer and head, with the chat template and without. */
export function LedgerTab() {
  const answer = useAnswer({ method: "row/ledger" });
  return (
    <>
      <Waiting answer={answer} />
      {answer.value && <Ledger ledger={answer.value} />}
    </>
  );
}

function Ledger({ ledger }: { readonly ledger: RowLedger }) {
  const { row, state } = useLens();
  const [role, setRole] = useChoice<ShareRole>("ledger/role", "user");
  const [normalisation, setNormalisation] = useChoice<Normalisation>("ledger/normalisation", "raw");
  const [isSorted, setIsSorted] = useChoice("ledger/sorted", false);
  const [isPlain, setIsPlain] = useChoice("ledger/plain", false);
  const [of, setOf] = useChoice<"representative" | "mean">("ledger/of", "representative");
  const prompt = isPlain ? ledger.withoutTemplate : (ledger.withTemplate ?? ledger.withoutTemplate);
  const chosen = chosenHead(state.heads, ledger.representativeHead);
  const heat = { role, normalisation, isSorted, chosen, picked: state.picked };
  return (
    <>
      <div class="controls">
        <label>
          {say("Role")}{" "}
          <select
            data-control="role"
            value={role}
            onChange={({ currentTarget }) => setRole(heatRoles.find((name) => name === currentTarget.value) ?? role)}
          >
            {heatRoles.map((name) => (
              <option key={name} value={name}>
                {name === "user" ? say("user (context included)") : shareRoleName[name]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("Shares of")}{" "}
          <select
            data-control="normalisation"
            value={normalisation}
            onChange={({ currentTarget }) =>
              setNormalisation(normalisations.find((name) => name === currentTarget.value) ?? normalisation)
            }
          >
            {normalisations.map((name) => (
              <option key={name} value={name}>
                {normalisationName[name]()}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={isSorted}
            onChange={({ currentTarget }) => setIsSorted(currentTarget.checked)}
          />{" "}
          {say("heads sorted by share")}
        </label>
        {ledger.withTemplate && (
          <button type="button" data-control="template" aria-pressed={!isPlain} onClick={() => setIsPlain(!isPlain)}>
            {isPlain ? say("without template") : say("with template")}
          </button>
        )}
      </div>
      <FigureBox figure={heatFigure(prompt, heat)}>
        <HeadMap heat={ledgerHeat(prompt, heat)} chosen={chosen} />
      </FigureBox>
      <HeadPicker nLayers={prompt.nLayers} nHeads={prompt.nHeads} chosen={chosen} />
      <PickedHeads />
      <FigureBox figure={shareFigure(ledger, normalisation, chosen)} hasNote={false} />
      <div class="controls">
        <label>
          {say("While the answer is said:")}{" "}
          <select
            value={of}
            onChange={({ currentTarget }) => setOf(currentTarget.value === "mean" ? "mean" : "representative")}
          >
            <option value="representative">{say("representative head")}</option>
            <option value="mean">{say("mean of heads")}</option>
          </select>
        </label>
      </div>
      <FigureBox figure={columnFigure(row, prompt, of, normalisation)} hasNote={false} />
      <Dependency />
    </>
  );
}

/** The same choice as a click on the map, by number. */
function HeadPicker(props: { nLayers: number; nHeads: number; chosen: { layerIdx: number; headIdx: number } }) {
  const { dispatch } = useLens();
  const { nLayers, nHeads, chosen } = props;
  const choose = (layerIdx: number, headIdx: number) => dispatch({ type: "heads", heads: { layerIdx, head: headIdx } });
  return (
    <div class="controls">
      <label>
        {say("Chosen head: layer")}{" "}
        <input
          type="number"
          min={0}
          max={nLayers - 1}
          value={chosen.layerIdx}
          onChange={({ currentTarget }) => choose(clamp(currentTarget.valueAsNumber, nLayers), chosen.headIdx)}
        />
      </label>
      <label>
        {say("head")}{" "}
        <input
          type="number"
          min={0}
          max={nHeads - 1}
          value={chosen.headIdx}
          onChange={({ currentTarget }) => choose(chosen.layerIdx, clamp(currentTarget.valueAsNumber, nHeads))}
        />
      </label>
    </div>
  );
}

function clamp(value: number, length: number): number {
  return Number.isFinite(value) ? Math.min(length - 1, Math.max(0, Math.round(value))) : 0;
}

/** The context-dependency score of this turn in the default layer. */
function Dependency() {
  const answer = useAnswer({ method: "rows/dependency" });
  const layer = answer.value?.[0]?.layers[0];
  if (!layer || !Number.isFinite(layer.score)) return <Waiting answer={answer} />;
  const facts = { score: layer.score.toFixed(3), layer: layer.layerIdx, border: DEPENDENCY_THRESHOLD };
  return (
    <p class="score">
      <strong data-number="dependency">{say("Context-dependency score {score}", facts)}</strong>{" "}
      {layer.score > DEPENDENCY_THRESHOLD
        ? say("in layer {layer}, above {border}: the answer depends on the user's words.", facts)
        : say("in layer {layer}, not above {border}.", facts)}
    </p>
  );
}
