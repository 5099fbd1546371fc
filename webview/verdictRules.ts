import type { Condition, VerdictRule } from "../src/core/verdict.ts";
import type { FigureTable } from "../src/figure/figureTable.ts";
import { natsText, perplexityText } from "../src/figure/numberText.ts";
import type { LensVerdict } from "../src/protocol/lens.ts";
import { say } from "./words.ts";

/** The formulas behind a verdict, by name. */
export const verdictFormulas = ["verdict", "context gain", "perplexity", "gain position", "non-context-critical"];

const conditionNames: Readonly<Record<Condition["name"], () => string>> = {
  closedPerplexity: () => say("closed-book perplexity"),
  meanGain: () => say("mean gain"),
  openingGain: () => say("gain of the first quarter"),
  t90Share: () => say("share of the answer at t90"),
  gainAfterT90: () => say("gain after t90"),
};

const signs: Readonly<Record<Condition["relation"], string>> = { "<=": "≤", "<": "<", ">": ">" };

/** The rules of a verdict as they were tried, a line for each number that was asked for. */
export function ruleTable({ rules }: Pick<LensVerdict, "rules">): FigureTable {
  return {
    columns: [say("rule"), say("number"), say("value"), say("needed"), say("holds")],
    rows: rules.flatMap(ruleRows),
  };
}

/** The lines of one rule; its name stands in the first. */
export function ruleRows({ verdict, conditions, holds }: VerdictRule): string[][] {
  const name = `${verdict} ${mark(holds)}`;
  if (conditions.length === 0) return [[name, say("nothing is needed"), "", "", mark(holds)]];
  return conditions.map((condition, i) => [
    i === 0 ? name : "",
    conditionNames[condition.name](),
    numberText(condition.name, condition.value),
    condition.border === null
      ? say("no row is flagged")
      : `${signs[condition.relation]} ${numberText(condition.name, condition.border)}`,
    mark(condition.holds),
  ]);
}

function numberText(name: Condition["name"], value: number | null): string {
  if (value === null) return "–";
  if (name === "closedPerplexity") return perplexityText(value);
  return name === "t90Share" ? value.toFixed(2) : natsText(value);
}

function mark(holds: boolean): string {
  return holds ? "✓" : "✗";
}
