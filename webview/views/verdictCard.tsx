import { natsText, perplexityText } from "../../src/figure/numberText.ts";
import { verdictMark } from "../../src/figure/verdictMark.ts";
import type { LensRow, LensVerdict } from "../../src/protocol/lens.ts";
import { markedT90 } from "../figures/answerFigures.ts";
import { useLens } from "../lensContext.ts";
import { equations } from "../lensMethods.ts";
import { ruleRows, ruleTable, verdictFormulas } from "../verdictRules.ts";
import { say } from "../words.ts";
import { svgView } from "./svgView.tsx";

/** The row's verdict, the numbers that decided it, how far they are from the border, and the formulas. */
export function VerdictCard() {
  const { row, host } = useLens();
  const { verdict, measures } = row;
  const t90 = markedT90(measures);
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
        {t90 !== null && (
          <Fact
            name={say("90 % gained after")}
            value={`${t90} / ${measures.nTargetTokens}`}
            unit={say("tokens")}
            id="t90"
          />
        )}
      </dl>
      {verdict && verdict.rules.length > 0 && <Rules verdict={verdict} />}
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
        {percentile !== "" && (
          <span
            class="badge"
            title={say("{percent} % of the file's rows with a context have a closed-book perplexity as low or lower", {
              percent: percentile.slice(1),
            })}
          >
            {say("closed-book {percentile}", { percentile })}
          </span>
        )}
        {verdict.flagged && <span class="badge flagged">⚑ {say("flagged")}</span>}
        {!verdict.stable && (
          <span class="badge" title={say("The verdict changes when a threshold is moved a little.")}>
            {say("near a border")}
          </span>
        )}
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

function Rules({ verdict }: { readonly verdict: LensVerdict }) {
  return (
    <details class="rules">
      <summary>{say("What decided it")}</summary>
      <table>
        <thead>
          <tr>
            {ruleTable(verdict).columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {verdict.rules.flatMap((rule) => ruleRows(rule).map((cells) => <RuleRow key={cells.join()} cells={cells} />))}
        </tbody>
      </table>
      <p class="note">{say("The rules are tried from the top; the first whose numbers are all as needed decides.")}</p>
      <dl class="formulas">
        {verdictFormulas.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{equations[name]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function RuleRow({ cells: [rule, name, value, needed, holds] }: { readonly cells: readonly string[] }) {
  return (
    <tr class={rule === "" ? "" : "rule"}>
      <th scope="row">{rule}</th>
      <td>{name}</td>
      <td class="number">{value}</td>
      <td class="number">{needed}</td>
      <td>{holds}</td>
    </tr>
  );
}
