import { natsText, perplexityText } from "../../src/figure/numberText.ts";
import { verdictMark } from "../../src/figure/verdictMark.ts";
import type { LensRow, LensVerdict } from "../../src/protocol/lens.ts";
import { useLens } from "../lensContext.ts";
import { equations } from "../lensMethods.ts";
import { say } from "../words.ts";
import { svgView } from "./svgView.tsx";

/** The row's verdict, the numbers that decided it, how far they are from the border, and the formulas. */
export function VerdictCard() {
  const { row, host } = useLens();
  const { verdict, measures } = row;
  return (
    <section class="verdict" aria-label={say("Verdict")}>
      {verdict ? (
        <VerdictWords verdict={verdict} />
      ) : (
        <NoVerdict row={row} onScore={() => host.send({ type: "command", command: "scoreFile" })} />
      )}
      <dl class="facts">
        {measures.meanGain !== null && (
          <Fact
            name={say("context gain")}
            value={natsText(measures.meanGain)}
            unit={say("nats per token")}
            id="meanGain"
          />
        )}
        <Fact
          name={measures.closedPerplexity === null ? say("perplexity") : say("perplexity with context")}
          value={perplexityText(measures.openPerplexity)}
          unit=""
          id="openPerplexity"
        />
        {measures.closedPerplexity !== null && (
          <Fact
            name={say("perplexity without")}
            value={perplexityText(measures.closedPerplexity)}
            unit=""
            id="closedPerplexity"
          />
        )}
        {measures.t90 !== null && (
          <Fact
            name={say("90 % gained after")}
            value={`${measures.t90} / ${measures.nTargetTokens}`}
            unit={say("tokens")}
            id="t90"
          />
        )}
      </dl>
      {verdict && verdict.margins.length > 0 && <Margins verdict={verdict} />}
    </section>
  );
}

function VerdictWords({ verdict }: { readonly verdict: LensVerdict }) {
  const percentile = verdict.percentile === null ? "" : `p${Math.ceil(verdict.percentile * 100 - 1e-9)}`;
  return (
    <p class="verdict-words">
      <svg class="cr-figure" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
        {svgView(verdictMark(verdict.verdict, 11, 11, 120))}
      </svg>
      <strong data-verdict={verdict.verdict}>{verdict.verdict}</strong>
      <span>{verdict.meaning}</span>
      <span class="badges">
        {percentile !== "" && <span class="badge">{percentile}</span>}
        {verdict.flagged && <span class="badge flagged">⚑ {say("flagged")}</span>}
        {!verdict.stable && <span class="badge">{say("near a border")}</span>}
      </span>
    </p>
  );
}

function NoVerdict({ row, onScore }: { readonly row: LensRow; readonly onScore: () => void }) {
  if (row.place.kind === "scratch")
    return (
      <p class="verdict-words quiet">
        {row.isAnswerGenerated
          ? say("The answer is the model's own. A verdict needs a dataset.")
          : say("A typed prompt has no verdict: that needs a dataset.")}
      </p>
    );
  return (
    <p class="verdict-words quiet">
      <span>{say("No verdict yet: it needs the numbers of every row.")}</span>
      <button type="button" onClick={onScore}>
        {say("Score file")}
      </button>
    </p>
  );
}

function Fact({ name, value, unit, id }: { name: string; value: string; unit: string; id: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span data-number={id}>{value}</span> {unit !== "" && <span class="quiet">{unit}</span>}
      </dd>
    </div>
  );
}

const marginNames: Readonly<Record<string, () => string>> = {
  closedPerplexity: () => say("closed-book perplexity"),
  meanGain: () => say("mean gain"),
  openingGain: () => say("gain of the first quarter"),
  t90Share: () => say("share of the answer at t90"),
  gainAfterT90: () => say("gain after t90"),
};

function Margins({ verdict }: { readonly verdict: LensVerdict }) {
  const number = (name: string, value: number) =>
    name === "closedPerplexity" ? perplexityText(value) : value.toFixed(2);
  return (
    <details class="margins">
      <summary>{say("What decided it")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("number")}</th>
            <th scope="col">{say("value")}</th>
            <th scope="col">{say("border")}</th>
            <th scope="col">{say("distance")}</th>
          </tr>
        </thead>
        <tbody>
          {verdict.margins.map(({ name, value, border, distance }) => (
            <tr key={`${name}-${border}`}>
              <th scope="row">{marginNames[name]?.() ?? name}</th>
              <td class="number">{number(name, value)}</td>
              <td class="number">{number(name, border)}</td>
              <td class="number">{natsText(distance)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl class="formulas">
        {["verdict", "context gain", "perplexity", "gain position", "non-context-critical"].map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{equations[name]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
