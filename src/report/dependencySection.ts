import { dependencySpread } from "../core/dependencySpread.ts";
import { dependencyHistogram } from "../figure/dependencyHistogram.ts";
import { countOf, countText, dependencyText } from "../figure/numberText.ts";
import type { AuditFile, DependencySettings } from "./audit.ts";
import { figure } from "./figures.ts";
import { type HtmlNode, html } from "./html.ts";

/** How much the turns of a file depend on what the user said: the count, the spread and its picture. */
export function dependencySection(file: AuditFile, settings: DependencySettings | undefined, id: string): HtmlNode[] {
  if (!settings) return [];
  const { layerIdx, threshold } = settings;
  const scores = file.rows.flatMap((row) => row.dependency ?? []);
  const { nTurns, nAbove, quartiles } = dependencySpread(scores, threshold);
  const [least, lower, median, upper, most] = (quartiles ?? []).map(dependencyText);
  const spread =
    quartiles === null
      ? ""
      : ` Half of them score ${lower} to ${upper}, the median is ${median}, all are in ${least} to ${most}.`;
  const sentence = `${countText(nAbove)} of ${countOf(nTurns, "turn")} score above ${threshold} at layer ${layerIdx}.${spread} A share of attention is not causal importance.`;
  return [
    html("h3", {}, "Context-dependency"),
    html("p", { class: "note" }, sentence),
    html(
      "div",
      { class: "figures" },
      figure("How much the answers attend to the user's words", `${id}-dependency`, [460, 320], (frame) =>
        dependencyHistogram({ scores, threshold }, frame),
      ),
    ),
  ];
}
