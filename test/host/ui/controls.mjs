// Finds everything that can be operated in a page and operates it, once by mouse and once by keyboard.
import { ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {import("playwright-core").FrameLocator} FrameLocator */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {"mouse" | "keys"} Means */

/** A control on the page. Controls of one name in one figure, such as the picked heads, are one control.
 * @typedef {{ id: string, kind: string, place: number }} Control */

const operable =
  "button, select, input, textarea, summary, canvas, [role=application]:not(canvas), [role=listbox], [role=tablist]";
const longestWaitMs = 15_000;

/** The controls of a page in reading order. Disabled ones cannot be operated now.
 * @param {FrameLocator} page
 * @returns {Promise<Control[]>} */
export function controlsOf(page) {
  return page.locator(operable).evaluateAll((elements) =>
    elements.flatMap((element, place) => {
      const field = /** @type {HTMLInputElement} */ (element);
      const role = element.getAttribute("role");
      // The tabs are the tab list's, tokens their list box's.
      if (role === "tab" || field.disabled || field.getClientRects().length === 0) return [];
      const isCanvas = element.tagName === "CANVAS";
      const kind = isCanvas
        ? "canvas"
        : (role ?? (element.tagName === "INPUT" ? field.type : element.tagName.toLowerCase()));
      const label = field.labels?.[0] ?? element.closest("label");
      const words = [...(label?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE);
      const labelled = words.map((node) => node.textContent).join("");
      const name = element.getAttribute("aria-label") ?? (labelled.trim() || field.innerText || field.title);
      const figure = element.closest("figure")?.dataset.figure ?? "";
      const isNumber = /^[\d.]+$/.test(name);
      const id = `${figure} ${kind} ${name}`.trim().replace(/\s+/g, " ");
      // Numbers in a name are those of the row; what is named by a number alone is that number.
      return [{ id: isNumber ? id : id.replaceAll(/\d+(\.\d+)?/g, "#"), kind, place }];
    }),
  );
}

/** A fingerprint of everything that an operation can change: the page, what its fields hold, what its canvas shows.
 * @param {FrameLocator} page
 * @returns {Promise<string>} */
export function pageState(page) {
  return page.locator("body").evaluate((body) => {
    const fields = [...body.querySelectorAll("input, select, textarea")].map((element) => {
      const field = /** @type {HTMLInputElement} */ (element);
      return [field.value, field.checked];
    });
    const pictures = [...body.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
    const text = JSON.stringify([body.innerHTML, fields, pictures]);
    // As a number: the whole page is not sent over for every glance at it.
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
    return `${text.length} ${hash}`;
  });
}

/** Waits until nothing is under way and the page has stood still for a moment.
 * @param {FrameLocator} page */
export async function settled(page) {
  const startMs = performance.now();
  let before = "";
  while (performance.now() - startMs < longestWaitMs) {
    const isBusy = await page.locator('[aria-busy="true"], .waiting, [data-control="curve"]:disabled').count();
    const now = await pageState(page);
    if (isBusy === 0 && now === before) return;
    before = now;
    await sleep(30);
  }
  throw new Error("the page did not come to rest");
}

/** Operates a control and waits for what comes of it.
 * @param {FrameLocator} page @param {Control} control @param {Means} means
 * @param {import("playwright-core").Page} window */
export async function operate(page, control, means, { keyboard, mouse }) {
  const element = page.locator(operable).nth(control.place);
  if (means === "mouse") await operateByMouse(element, control.kind, mouse, keyboard);
  else await operateByKeys(element, control.kind, keyboard);
}

/** Waits for a change of the page, or of what `outside` says, after an operation.
 * @param {FrameLocator} page @param {string} before @param {string} name */
export async function changed(page, before, name) {
  const startMs = performance.now();
  while (performance.now() - startMs < longestWaitMs) {
    if ((await pageState(page)) !== before) return;
    await sleep(20);
  }
  throw new Error(`${name} changed nothing`);
}

/** @param {Locator} element @param {string} kind @param {import("playwright-core").Mouse} mouse @param {import("playwright-core").Keyboard} keyboard */
async function operateByMouse(element, kind, mouse, keyboard) {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  ok(box, "the control is on the screen");
  if (kind === "select") {
    // The list that opens is the system's own window, which no browser lets a test click into.
    await element.selectOption({ index: (await otherOption(element)).idx });
  } else if (kind === "number") {
    // The upper arrow, or the lower one at the end of the range.
    const isLast = await isAtEnd(element);
    await element.click({ position: { x: box.width - 9, y: box.height * (isLast ? 0.75 : 0.25) } });
  } else if (kind === "text" || kind === "textarea") {
    await element.click();
    await keyboard.type("Oslo");
    await keyboard.press("Tab");
  } else if (kind === "range") {
    const isLeft = (await sliderPlace(element)) < 0.5;
    await element.click({ position: { x: box.width * (isLeft ? 0.86 : 0.21), y: box.height / 2 } });
  } else if (kind === "canvas" || kind === "application") {
    const cell = element.locator(".cr-heat:not(:has(.cr-heat-chosen))");
    if ((await cell.count()) > 0) await cell.nth(1).click({ modifiers: ["Control"] });
    else {
      await mouse.move(box.x + 60, box.y + 200);
      await mouse.wheel(0, -400);
      await mouse.down();
      await mouse.move(box.x + 40, box.y + 150, { steps: 3 });
      await mouse.up();
    }
  } else if (kind === "listbox") await element.locator('[role=option][aria-selected="false"] bdi').first().click();
  else if (kind === "tablist") await element.locator('[role=tab][aria-selected="false"]').first().click();
  else await element.click();
}

/** @param {Locator} element @param {string} kind @param {import("playwright-core").Keyboard} keyboard */
async function operateByKeys(element, kind, keyboard) {
  const roving = element.locator('[role][tabindex="0"]').first();
  await (kind === "listbox" || kind === "tablist" ? roving : element).focus();
  const press = async (/** @type {string[]} */ ...keys) => {
    for (const key of keys) await keyboard.press(key);
  };
  if (kind === "select") await press((await otherOption(element)).key);
  else if (kind === "number") await press((await isAtEnd(element)) ? "ArrowDown" : "ArrowUp");
  else if (kind === "text" || kind === "textarea") {
    await keyboard.type("Rome");
    await press("Tab");
  } else if (kind === "range") await press("ArrowRight");
  else if (kind === "checkbox") await press("Space");
  else if (kind === "canvas") await press("Home", "ArrowUp", "ArrowRight", "+");
  else if (kind === "application") {
    const at = () => element.locator(".cr-heat:has(.cr-heat-chosen)").getAttribute("data-layer");
    await press((await at()) === "0" ? "ArrowDown" : "ArrowUp", "Space");
  } else if (kind === "listbox") await press((await isFirst(roving)) ? "ArrowRight" : "ArrowLeft");
  else if (kind === "tablist") await press("ArrowRight");
  else await press("Enter");
}

/** An option beside the chosen one that can be chosen, and the key that leads to it.
 * @param {Locator} element */
function otherOption(element) {
  return element.evaluate((field) => {
    const { options, selectedIndex } = /** @type {HTMLSelectElement} */ (field);
    const next = options[selectedIndex + 1];
    return next && !next.disabled
      ? { idx: selectedIndex + 1, key: "ArrowDown" }
      : { idx: selectedIndex - 1, key: "ArrowUp" };
  });
}

/** @param {Locator} element */
function isAtEnd(element) {
  return element.evaluate((field) => {
    const { value, max } = /** @type {HTMLInputElement} */ (field);
    return value === max;
  });
}

/** @param {Locator} element */
function sliderPlace(element) {
  return element.evaluate((field) => /** @type {HTMLInputElement} */ (field).valueAsNumber);
}

/** @param {Locator} option */
function isFirst(option) {
  return option.evaluate((element) => element.matches('[data-token="0"]'));
}
