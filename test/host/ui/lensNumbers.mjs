// The numbers that the lens shows of a row, part by part, held to those of the command line's `inspect`.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { settled } from "./controls.mjs";

/** @typedef {import("playwright-core").FrameLocator} FrameLocator */
/** @typedef {Record<string, any>} Said what `inspect` or `audit` wrote as JSON */

/** The table's columns of shares and the roles that each of them adds up. */
const shareColumns = [["context"], ["user"], ["assistant", "target"], ["system"], ["tool"], ["template"], ["bos"]];

/** Spaces are shown as dots. @param {string | undefined} text */
const words = (text) => text?.replaceAll("·", " ");

/** Holds a number as it is written to the number itself, to the last digit that is written.
 * @param {string | undefined} shown @param {number | null} value @param {string} what */
function equals(shown, value, what) {
  const report = `${what}: ${shown} on screen, ${value} from inspect`;
  if (shown === undefined) throw new Error(report);
  if (value === null || !Number.isFinite(value)) return ok(/^–?$/.test(shown.trim()), report);
  const text = shown.replaceAll("−", "-").replaceAll(",", "").trim();
  const [, digits = "", exponent = "0"] = /^[+-]?\d*(?:\.(\d+))?(?:e([+-]\d+))?/.exec(text) ?? [];
  const unit = 10 ** (Number(exponent) - digits.length);
  const factor = text.includes("%") ? 100 : 1;
  ok(Math.abs(Number.parseFloat(text) - value * factor) <= 0.501 * unit, report);
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Chooses an option of a part's control. @param {FrameLocator} lens @param {string} name @param {string} value */
export async function choose(lens, name, value) {
  await lens.locator(`#part [data-control="${name}"]`).selectOption(value);
  await settled(lens);
}

/** A figure's numbers, by way of its table twin.
 * @param {FrameLocator} lens @param {string} figure @returns {Promise<string[][]>} */
async function tableOf(lens, figure) {
  const box = lens.locator(`[data-figure="${figure}"]`).first();
  await box.waitFor();
  const twin = box.getByRole("button", { name: "Table", exact: true });
  await twin.click();
  const cells = await cellsOf(box);
  await twin.click();
  return cells;
}

/** @param {import("playwright-core").Locator} box @returns {Promise<string[][]>} */
function cellsOf(box) {
  return box
    .locator("tbody tr")
    .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

/** The verdict and what decided it. @param {FrameLocator} lens @param {Said} audited */
export async function verdictEquals(lens, audited) {
  deepStrictEqual(await lens.locator("[data-verdict]").getAttribute("data-verdict"), audited.verdict);
  deepStrictEqual(await lens.locator(".badge.flagged").count(), audited.flagged ? 1 : 0);
  const fact = (/** @type {string} */ name) => lens.locator(`.verdict [data-number="${name}"]`).innerText();
  equals(await fact("meanGain"), audited.gain, "gain");
  equals(await fact("openPerplexity"), audited.openPerplexity, "perplexity with context");
  equals(await fact("closedPerplexity"), audited.closedPerplexity, "perplexity without");
  // Where nothing is gained on the whole there is no place at which it is gained.
  if (audited.gain >= 0.005) deepStrictEqual(await fact("t90"), `${audited.t90} / ${audited.nTargetTokens}`);
  else deepStrictEqual(await lens.locator('[data-number="t90"]').count(), 0);
}

/** The answer token by token, and the alternatives of its first.
 * @param {FrameLocator} lens @param {Said} target what `inspect` says without looks @param {Said} figures */
export async function answerEquals(lens, target, { open, closed }) {
  const rows = await tableOf(lens, "answer");
  deepStrictEqual(rows.length, target.tokenIds.length);
  for (const [t, [text, id, ...numbers]] of rows.entries()) {
    deepStrictEqual([words(text), Number(id)], [target.tokenTexts[t], target.tokenIds[t]]);
    const logProbs = [target.openLogProbs[t], target.closedLogProbs[t], target.contextGains[t]];
    const ranks = [open[t].rank, closed[t].rank, open[t].entropy, closed[t].entropy];
    for (const [k, value] of [...logProbs, ...ranks].entries()) equals(numbers[k], value, `token ${t + 1}`);
  }
  await lens.locator(".strip .token").first().click();
  for (const [side, book] of [open, closed].entries()) {
    const choices = lens.locator(".book").nth(side).locator(".choices li");
    const top = /** @type {{ text: string, logProb: number }[]} */ (book[0].top);
    deepStrictEqual(
      (await choices.locator("bdi").allInnerTexts()).map(words),
      top.map(({ text }) => text),
    );
    const shares = await choices.locator(".number").allInnerTexts();
    for (const [k, text] of shares.entries())
      if (/^\d/.test(text)) equals(text, Math.exp(top[k]?.logProb ?? 0), `alternative ${k + 1}`);
  }
}

/** Where the chosen token looks, one head of one layer. @param {FrameLocator} lens @param {Said} attention */
export async function promptEquals(lens, { layerIdx, pattern }, head = 3) {
  await choose(lens, "layer", String(layerIdx));
  await choose(lens, "head", String(head));
  await lens.locator("#part").getByRole("checkbox").check();
  await settled(lens);
  const query = Number(/\(token (\d+)\)/.exec(await lens.locator(".looking").innerText())?.[1]) - 1;
  const rows = await tableOf(lens, "prompt");
  deepStrictEqual(rows.length, pattern[head].length);
  for (const [key, cells] of rows.entries())
    equals(cells.at(-1), pattern[head][query][key] ?? 0, `attention on token ${key + 1}`);
}

/** Shares by role: every head, the bars, every token of the answer, the paper's normalisation, the dependency score.
 * @param {FrameLocator} lens @param {Said} ledger @param {Said} dependency @param {[number, number]} chosen */
export async function ledgerEquals(lens, ledger, dependency, [layer, head]) {
  const { withTemplate, withoutTemplate, representativeHead } = ledger;
  const { roles } = withTemplate;
  /** @param {number[]} masses @param {string[]} names */
  const massOf = (masses, names) => sum(names.map((name) => masses[roles.indexOf(name)] ?? 0));
  /** @param {string[]} cells @param {number[]} masses */
  const equalShares = (cells, masses) => {
    for (const [k, names] of shareColumns.entries()) equals(cells[k], massOf(masses, names), names.join());
  };
  for (const [layerText, headText, share] of await tableOf(lens, "ledger-heads-user")) {
    const masses = withTemplate.masses[Number(layerText)][Number(headText)];
    equals(share, massOf(masses, ["user", "context"]), `layer ${layerText}, head ${headText}`);
  }
  const bars = await tableOf(lens, "ledger-shares");
  deepStrictEqual(bars.length, 6, "representative, chosen and mean, with template and without");
  for (const [b, prompt] of [withTemplate, withoutTemplate].entries()) {
    const { layerIdx, headIdx } = representativeHead;
    const [representative = [], chosen = [], mean = []] = bars.slice(3 * b, 3 * b + 3);
    match(representative[0] ?? "", new RegExp(`^representative L${layerIdx} H${headIdx}`));
    match(chosen[0] ?? "", new RegExp(`^chosen L${layer} H${head}`));
    equalShares(representative.slice(1), prompt.masses[layerIdx][headIdx]);
    equalShares(chosen.slice(1), prompt.masses[layer][head]);
    equals(mean[1], prompt.mean.context, "mean of heads, context");
    equals(mean[2], prompt.mean.raw.user - prompt.mean.context, "mean of heads, user");
    equals(mean[7], prompt.mean.raw.bos, "mean of heads, first token");
  }
  for (const [t, cells] of (await tableOf(lens, "ledger-tokens")).entries())
    equalShares(cells.slice(1), withTemplate.tokenMasses[t]);
  const score = await lens.locator('[data-number="dependency"]').innerText();
  equals(/[\d.]+/.exec(score)?.[0], dependency.layers[0].score, "dependency");
  await choose(lens, "normalisation", "paper");
  const [paper = []] = await tableOf(lens, "ledger-shares");
  const { renormalised } = withTemplate.representative;
  equals(paper[7], renormalised.bos, "first token, normalised");
  ok(Math.abs(Number(paper[1]) + Number(paper[2]) - renormalised.user) < 1e-3, paper.join());
  await choose(lens, "normalisation", "raw");
}

/** Cells of the pattern under the cursor, moved by keys. @param {FrameLocator} lens @param {Said} attention
 * @param {import("playwright-core").Keyboard} keyboard */
export async function patternEquals(lens, { pattern }, keyboard, head = 3) {
  await lens.locator('[data-control="pattern"]').click();
  await lens.locator("canvas").waitFor();
  await settled(lens);
  await lens.locator("canvas").focus();
  const shares = pattern[head];
  const place = { query: shares.length - 1, key: 0 };
  for (const key of ["Home", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowUp"]) {
    await keyboard.press(key);
    if (key === "ArrowUp") place.query--;
    if (key === "ArrowRight") place.key++;
    await settled(lens);
    const shown = await lens.locator('[data-number="cell"] strong').innerText();
    equals(shown, shares[place.query][place.key], `cell ${place.query}, ${place.key}`);
  }
  const strongest = await cellsOf(lens.locator('[data-figure="pattern"] .reading'));
  ok(strongest.length >= 5);
  for (const [key, , share] of strongest) equals(share, shares[place.query][Number(key) - 1], `strongest, ${key}`);
}

/** Both sides of steering by 0.9 with another answer beside the row's own, and what it does to the control set.
 * @param {FrameLocator} lens @param {Said} steer @param {number} nTarget @param {string} other */
export async function steeringEquals(lens, steer, nTarget, other) {
  const field = lens.locator('[data-control="other-answer"]');
  if ((await field.inputValue()) !== other) {
    await field.fill(other);
    await field.press("Tab");
  }
  await lens.locator(".detents button", { hasText: /^0\.9$/ }).click();
  await lens
    .locator("th", { hasText: /^alpha 0\.9$/ })
    .first()
    .waitFor();
  await settled(lens);
  const sides = [steer.before, steer.after];
  const [answers, logProbs, perplexities, preferences] = await tableOf(lens, "steering-comparison");
  for (const [s, side] of sides.entries()) {
    const mean = sum(side.logProbs.slice(0, nTarget)) / nTarget;
    deepStrictEqual(words(answers?.[s + 1]), side.answer.text);
    equals(logProbs?.[s + 1], mean, "log p");
    equals(perplexities?.[s + 1], Math.exp(-mean), "perplexity");
    equals(preferences?.[s + 1], side.contextPreference, "M_C");
  }
  await lens.locator('[data-control="harm"]').click();
  const harm = await tableOf(lens, "steering-harm");
  deepStrictEqual(harm.length, steer.control.rows.length);
  for (const [i, cells] of harm.entries()) {
    const { question, answer, before, after } = steer.control.rows[i];
    deepStrictEqual(cells.slice(0, 4).map(words), [question, answer, before.text, after.text]);
    equals(cells[4], after.meanLogProb - before.meanLogProb, question);
  }
}

/** The choices at a place of the answer. @param {FrameLocator} lens @param {number} place @param {Said} decoding */
export async function decodingEquals(lens, place, { choices, flip }) {
  await lens
    .locator(".strip .token")
    .nth(place - 1)
    .click();
  await lens.locator(`[data-figure="decoding-${place}"]`).waitFor();
  await settled(lens);
  const wanted = choices.flatMap(
    (/** @type {{ alpha: number, top: { text: string, logProb: number }[] }} */ { alpha, top }) =>
      top.map((each, k) => ({ alpha, rank: k + 1, ...each })),
  );
  for (const [i, [alpha, rank, text, logProb]] of (await tableOf(lens, `decoding-${place}`)).entries()) {
    equals(alpha, wanted[i].alpha, "alpha");
    deepStrictEqual([Number(rank), words(text)], [wanted[i].rank, wanted[i].text]);
    equals(logProb, wanted[i].logProb, `${text} at place ${place}`);
  }
  const said = await lens.locator("#part .score").first().innerText();
  if (flip) equals(/[\d.]+/.exec(said)?.[0], flip.alpha, "flip");
  else match(said, /No alpha/);
}

/** Whole answers and the alpha at which they change. @param {FrameLocator} lens @param {Said} decoding */
export async function wholeAnswersEqual(lens, { answers, answerFlip }) {
  await lens.locator('[data-control="whole-answers"]').click();
  for (const [i, [alpha, text, , logProb]] of (await tableOf(lens, "decoded-answers")).entries()) {
    equals(alpha, answers[i].alpha, "alpha");
    deepStrictEqual(words(text), answers[i].text);
    equals(logProb, sum(answers[i].logProbs), "whole answer");
  }
  const note = await lens.locator('[data-figure="decoded-answers"] .note').innerText();
  if (answerFlip) equals(/[\d.]+/.exec(note)?.[0], answerFlip.alpha, "flip of the answer");
  else match(note, /No alpha/);
}

/** What each sentence is worth and how much attention it gets. @param {FrameLocator} lens @param {Said} ablation */
export async function ablationEquals(lens, { sentences, tau }) {
  await lens.locator('[data-control="ablate"]').click();
  const rows = await tableOf(lens, "ablation");
  deepStrictEqual(rows.length, sentences.length);
  for (const [i, [text, fall, share]] of rows.entries()) {
    deepStrictEqual(words(text)?.trim(), sentences[i].text.trim());
    equals(fall, sentences[i].logProbFall, "fall");
    equals(share, sentences[i].attentionShare, "share of attention");
  }
  equals((await lens.locator('[data-number="tau"]').innerText()).replace("Kendall's tau ", ""), tau, "tau");
}

/** What made the numbers. @param {FrameLocator} lens @param {Said} model */
export async function methodsEqual(lens, { modelHash, templateHash, dtype, nLayers, vocabSize }) {
  const shown = Object.fromEntries(await cellsOf(lens.locator(".methods")));
  deepStrictEqual(
    ["model hash", "template hash", "dtype", "layers", "vocabulary"].map((name) => shown[name]),
    [modelHash, templateHash, dtype, String(nLayers), String(vocabSize)],
  );
}
