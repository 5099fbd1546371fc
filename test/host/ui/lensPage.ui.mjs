// The lens's page by itself, with a stand-in for the editor: hostile text, scripts of the world, sizes and times that no
// sample has. The page, its style sheet and its policy are the ones that are shipped.
import { deepStrictEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../scripts/projectRoot.mjs";
import { createRunFolders } from "../serverRun.mjs";
import { launchBrowser } from "../workbench.mjs";
import { hostileStrings } from "./hostileText.mjs";

const origin = "http://lens.test";
const policy = `default-src 'none'; script-src 'nonce-n'; style-src ${origin}; img-src blob:`;
const page = `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="stylesheet" href="/lens.css">
<script nonce="n">window.asked = []; window.acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => undefined,
postMessage: (message) => window.asked.push(message) });</script></head>
<body class="vscode-light"><div id="lens"></div><script nonce="n" src="/lens.js"></script></body></html>`;

const answered = { isFollowing: true, source: { kind: "dataset", uri: "file:///rows.jsonl", line: 0, character: 0 } };

/** @param {string[]} prompt @param {string[]} answer @param {Record<string, unknown>} [more] */
function rowOf(prompt, answer, more = {}) {
  const texts = [...prompt, ...answer];
  const target = { start: prompt.length, end: texts.length };
  const book = {
    texts,
    spellings: texts,
    roles: texts.map((_, i) => (i >= target.start ? "target" : i === 0 ? "bos" : i < 40 ? "user" : "context")),
    fragments: texts.map(() => ""),
    tokenIds: texts.map((_, i) => i),
    target,
    endOfTurnIdx: -1,
  };
  return {
    rowId: 1,
    place: { kind: "dataset", fileName: "rows.jsonl", line: 1, turnIdx: 0 },
    model: {
      name: "model",
      modelHash: "0",
      templateHash: "1",
      dtype: "float32",
      nLayers: 4,
      vocabSize: 9,
      windowTokens: 9,
    },
    open: { ...book, logProbs: answer.map((_, t) => -1 - (t % 7) / 3) },
    closed: { ...book, logProbs: answer.map((_, t) => -1 - (t % 5)) },
    measures: {
      nTargetTokens: answer.length,
      openPerplexity: 2,
      closedPerplexity: 5,
      meanGain: 0.5,
      openingGain: 0.5,
      t90: 3,
      gainAfterT90: 0,
      endOfTurn: { open: null, closed: null },
    },
    verdict: null,
    otherAnswer: null,
    isAnswerGenerated: false,
    formulas: [{ name: "perplexity", version: 1 }],
    programVersion: "0",
    ...more,
  };
}

describe("the lens's page by itself", () => {
  /** @type {Awaited<ReturnType<typeof launchBrowser>>} */
  let browser;
  const folders = createRunFolders();
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const errors = [];

  before(async () => {
    browser = await launchBrowser(folders, { width: 900, height: 900 });
    await browser.context.route("**/*", (route) => {
      const { pathname, origin: from } = new URL(route.request().url());
      requests.push(route.request().url());
      if (from !== origin) return route.abort();
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body: page });
      const file = readFileSync(join(projectRoot, "dist", pathname.slice(1)), "utf8");
      return route.fulfill({ contentType: pathname.endsWith("css") ? "text/css" : "text/javascript", body: file });
    });
    browser.page.on("pageerror", (error) => errors.push(error.message));
  });
  after(async () => {
    await browser.context.close();
    folders.remove();
  });

  /** Loads the page anew and shows a row; typed arrays arrive as such, as from the editor.
   * @param {unknown} row @returns {Promise<number>} milliseconds from the row's arrival to its first paint */
  const show = async (row) => {
    await browser.page.goto(`${origin}/`);
    // What is said before the page listens is lost: the editor waits for this word too.
    await browser.page.waitForFunction(() =>
      /** @type {any} */ (window).asked.some((/** @type {any} */ { type }) => type === "ready"),
    );
    await browser.page.evaluate((notice) => window.postMessage({ type: "source", ...notice }), answered);
    return browser.page.evaluate(async (data) => {
      const row = /** @type {any} */ (data);
      for (const book of [row.open, row.closed]) {
        book.logProbs = Float32Array.from(book.logProbs);
        book.tokenIds = Int32Array.from(book.tokenIds);
      }
      const startMs = performance.now();
      window.postMessage({ type: "row", row });
      while (!document.querySelector(".strip .token")) await new Promise((painted) => requestAnimationFrame(painted));
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
      return performance.now() - startMs;
    }, row);
  };

  /** Answers what the page asked for last with a method.
   * @param {string} method @param {unknown} value */
  const answer = async (method, value) => {
    await browser.page.waitForFunction(
      (name) => /** @type {any} */ (window).asked.some((/** @type {any} */ asked) => asked.question?.method === name),
      method,
    );
    await browser.page.evaluate(
      ([name, answered]) => {
        const asked = /** @type {any} */ (window).asked.findLast((/** @type {any} */ a) => a.question?.method === name);
        const value = /** @type {any} */ (answered);
        if (Array.isArray(value.values)) value.values = Float32Array.from(value.values);
        window.postMessage({ type: "answer", requestId: asked.requestId, value });
      },
      /** @type {const} */ ([method, value]),
    );
  };

  const widerThanPage = () => browser.page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);

  it("takes 500 hostile strings as tokens, names and messages for what they are: text", async () => {
    const strings = hostileStrings();
    const model = {
      name: strings[0],
      modelHash: strings[1],
      templateHash: strings[2],
      dtype: strings[3],
      nLayers: 2,
      vocabSize: 1,
      windowTokens: 1,
    };
    const place = { kind: "dataset", fileName: `${strings[1]}.jsonl`, line: 1, turnIdx: 0 };
    await show(rowOf(strings, strings, { model, place, otherAnswer: strings[4] }));
    for (const tab of ["Prompt", "Ledger", "Pattern", "Steering", "Decoding", "Ablation", "Methods"]) {
      await browser.page.getByRole("tab", { name: tab }).click();
      const sentence = strings.join(" ");
      await browser.page.evaluate((words) => {
        const { asked } = /** @type {any} */ (window);
        for (const { requestId } of asked) window.postMessage({ type: "failure", requestId, sentence: words });
      }, sentence);
    }
    await browser.page.getByRole("tab", { name: "Prompt" }).click();
    for (const button of await browser.page.getByRole("button", { name: "Table" }).all()) await button.click();
    await browser.page.locator("tbody tr").nth(400).waitFor();
    deepStrictEqual(await widerThanPage(), 0);
    deepStrictEqual(await browser.page.evaluate(() => /** @type {any} */ (window).hacked), undefined);
    deepStrictEqual(
      await browser.page.locator("#lens script, #lens iframe, #lens img, #lens style, #lens base").count(),
      0,
    );
    const box = await browser.page.locator(".verdict").boundingBox();
    ok(box !== null && box.width > 600, "the page is laid out as ever");
    deepStrictEqual(
      requests.filter((url) => !url.startsWith(origin)),
      [],
    );
  });

  it("saves a page that runs nothing either", async () => {
    await browser.page.locator('[data-control="save-html"]').click();
    // The page asks for what it holds in any case; what cannot be answered is left out.
    const saved = await browser.page.evaluate(async () => {
      const { asked } = /** @type {any} */ (window);
      const isSave = (/** @type {any} */ { type }) => type === "save";
      while (!asked.some(isSave)) {
        for (const { requestId } of asked) window.postMessage({ type: "failure", requestId, sentence: "no" });
        await new Promise((painted) => requestAnimationFrame(painted));
      }
      return asked.findLast(isSave);
    });
    ok(/^[\w.-]+$/.test(saved.name), saved.name);
    const reader = await browser.context.newPage();
    await reader.setContent(saved.content);
    deepStrictEqual(await reader.evaluate(() => /** @type {any} */ (window).hacked), undefined);
    deepStrictEqual(await reader.locator("script, iframe, img").count(), 0);
    ok((await reader.locator("svg").count()) >= 1);
    ok((await reader.locator("body").innerText()).includes("<script>window.hacked=1</script>"));
    await reader.close();
    deepStrictEqual(
      requests.filter((url) => !url.startsWith(origin)),
      [],
    );
  });

  it("draws scripts of the world, byte fragments and a word of 10,000 characters within its width", async () => {
    const arabic = ["عاصمة", " فرنسا", " هي", " باريس"];
    const many = ["東", "京", "は", "日", "本", "の", "👩‍👩‍👧", "é", "\n", "", "x".repeat(10_000), "अनु", "\u202eabc"];
    const row = rowOf([...many, ...many], [...arabic, ...arabic, ...arabic, "x".repeat(10_000)]);
    row.open.fragments[14] = "2/3";
    row.open.texts[row.open.texts.length - 2] = "東";
    row.open.fragments[row.open.texts.length - 2] = "1/3";
    await show(row);
    deepStrictEqual(await widerThanPage(), 0);
    deepStrictEqual(await browser.page.locator(".strip").getAttribute("dir"), "rtl");
    const [first, second] = await Promise.all(
      [0, 1].map((t) => browser.page.locator(".strip .token").nth(t).boundingBox()),
    );
    ok(first && second && first.x > second.x, "an Arabic answer begins at the right");
    await browser.page.locator(".strip .token").first().focus();
    await browser.page.keyboard.press("Home");
    await browser.page.keyboard.press("ArrowLeft");
    deepStrictEqual(await browser.page.locator(".strip [aria-selected=true]").getAttribute("data-token"), "1");
    deepStrictEqual(await browser.page.locator(".strip .fragment").innerText(), "1/3");
    await browser.page.keyboard.press("End");
    ok(((await browser.page.locator(".detail").boundingBox())?.height ?? 0) < 500);
    deepStrictEqual(await widerThanPage(), 0);
  });

  it("paints a row of 2,048 tokens; prints how long after its data", async () => {
    const words = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => ` word${i}`);
    await show(rowOf(words(400), words(30)));
    const short = Math.min(await show(rowOf(words(400), words(30))), await show(rowOf(words(400), words(30))));
    const long = Math.min(await show(rowOf(words(2000), words(48))), await show(rowOf(words(2000), words(48))));
    console.log(`    first paint: ${short.toFixed(0)} ms at 430 tokens, ${long.toFixed(0)} ms at 2,048`);
    ok((await browser.page.locator('[role="tab"]').count()) > 0);
  });

  it("scrubs through heads at 2,048 tokens; prints the time of a frame", async () => {
    const nKeys = 2000;
    const nHeads = 8;
    const values = Array.from({ length: 4 * nHeads * nKeys }, (_, i) => ((i * 7919) % 997) / 997 / nKeys);
    await answer("row/token-attention", { tokenIdx: nKeys - 1, nLayers: 4, nHeads, nKeys, values });
    await browser.page.locator('[data-control="head"]').waitFor();
    const frameMs = await browser.page.evaluate(async () => {
      const select = /** @type {HTMLSelectElement} */ (document.querySelector('[data-control="head"]'));
      const took = [];
      for (let i = 0; i < 60; i++) {
        const startMs = performance.now();
        select.value = String(i % 8);
        select.dispatchEvent(new Event("change", { bubbles: true }));
        await new Promise((painted) => requestAnimationFrame(painted));
        document.body.getBoundingClientRect();
        took.push(performance.now() - startMs);
      }
      return took.sort((a, b) => a - b);
    });
    const median = frameMs[30] ?? 0;
    console.log(
      `    scrubbing heads at 2,048 tokens: median ${median.toFixed(1)} ms a frame, p95 ${frameMs[56]?.toFixed(1)} ms`,
    );
    ok(frameMs.length === 60);
  });

  it("scrubs along prompt and answer at 2,048 tokens; prints the time of a frame", async () => {
    const frameMs = async (/** @type {string} */ list, /** @type {string} */ key) =>
      browser.page.evaluate(
        async ([selector, pressed]) => {
          const options = /** @type {HTMLElement} */ (document.querySelector(selector));
          const start = options.querySelector('[aria-selected="true"]');
          const took = [];
          for (let i = 0; i < 40; i++) {
            const startMs = performance.now();
            const chosen = options.querySelector('[aria-selected="true"]') ?? options;
            chosen.dispatchEvent(new KeyboardEvent("keydown", { key: pressed, bubbles: true, cancelable: true }));
            await new Promise((painted) => requestAnimationFrame(painted));
            document.body.getBoundingClientRect();
            took.push(performance.now() - startMs);
          }
          return {
            took: took.sort((a, b) => a - b),
            hasMoved: options.querySelector('[aria-selected="true"]') !== start,
          };
        },
        /** @type {const} */ ([list, key]),
      );
    await browser.page.locator(".prompt [role=option]").nth(3).click();
    for (const [name, list, key] of [
      ["prompt", ".prompt", "ArrowRight"],
      ["answer", ".strip", "ArrowRight"],
    ]) {
      const { took, hasMoved } = await frameMs(list ?? "", key ?? "");
      ok(hasMoved, `the choice moves along the ${name}`);
      console.log(
        `    scrubbing the ${name} at 2,048 tokens: median ${took[20]?.toFixed(1)} ms a frame, p95 ${took[37]?.toFixed(1)} ms`,
      );
    }
  });

  it("moves nothing by itself where motion is not wanted", async () => {
    const motion = () =>
      browser.page.evaluate(() => {
        const figure = /** @type {HTMLElement} */ (document.querySelector("figure"));
        figure.classList.add("pending");
        const { transitionDuration } = getComputedStyle(figure);
        const isMoving = document.getAnimations().length > 0;
        figure.classList.remove("pending");
        for (const animation of document.getAnimations()) animation.finish();
        return { transitionDuration, isMoving };
      });
    deepStrictEqual(await motion(), { transitionDuration: "0.12s", isMoving: true });
    await browser.page.emulateMedia({ reducedMotion: "reduce" });
    deepStrictEqual(await motion(), { transitionDuration: "0s", isMoving: false });
    for (const tab of ["Ledger", "Steering", "Methods", "Prompt"]) {
      await browser.page.getByRole("tab", { name: tab }).click();
      deepStrictEqual(await browser.page.evaluate(() => document.getAnimations().length), 0);
    }
    await browser.page.emulateMedia({ reducedMotion: null });
    // The editor's own setting says the same with a class.
    await browser.page.evaluate(() => document.body.classList.add("vscode-reduce-motion"));
    deepStrictEqual(await motion(), { transitionDuration: "0s", isMoving: false });
    await browser.page.evaluate(() => document.body.classList.remove("vscode-reduce-motion"));
  });

  it("zooms a pattern of 4,096 tokens", async () => {
    const words = Array.from({ length: 4090 }, (_, i) => ` w${i}`);
    await show(rowOf(words, [" a", " b", " c", " d", " e", " f"]));
    await browser.page.getByRole("tab", { name: "Pattern" }).click();
    await browser.page.locator('[data-control="pattern"]').click();
    await browser.page.waitForFunction(() =>
      /** @type {any} */ (window).asked.some((/** @type {any} */ a) => a.question?.method === "row/pattern"),
    );
    const tookMs = await browser.page.evaluate(async () => {
      const nTokens = 4096;
      const values = new Float32Array(nTokens * nTokens);
      for (let q = 0; q < nTokens; q++)
        for (let k = 0; k <= q; k++) values[q * nTokens + k] = ((q * 7919 + k * 104729) % 997) / 498 / (q + 1);
      const asked = /** @type {any} */ (window).asked.findLast(
        (/** @type {any} */ a) => a.question?.method === "row/pattern",
      );
      const startMs = performance.now();
      window.postMessage({
        type: "answer",
        requestId: asked.requestId,
        value: { nTokens, nHeads: 2, nGiven: 1, layerIdx: 2, values },
      });
      while (!document.querySelector("canvas")) await new Promise((painted) => requestAnimationFrame(painted));
      return performance.now() - startMs;
    });
    await browser.page.locator("canvas").scrollIntoViewIfNeeded();
    const frameMs = await browser.page.evaluate(async () => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));
      const took = [];
      for (let i = 0; i < 40; i++) {
        const startMs = performance.now();
        canvas.dispatchEvent(
          new WheelEvent("wheel", { deltaY: i < 25 ? -100 : 100, cancelable: true, clientX: 300, clientY: 300 }),
        );
        await new Promise((painted) => requestAnimationFrame(painted));
        took.push(performance.now() - startMs);
      }
      return took.sort((a, b) => a - b);
    });
    console.log(
      `    4,096 tokens: shown after ${tookMs.toFixed(0)} ms, zooming ${frameMs[20]?.toFixed(1)} ms a frame (median)`,
    );
    await browser.page.getByRole("button", { name: "All", exact: true }).click();
    await browser.page.evaluate(
      () => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))),
    );
    const pixels = await browser.page.evaluate(() => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return [...(data ?? [])].filter((value, i) => i % 4 === 3 && value > 0).length;
    });
    ok(pixels > 1000, `${pixels} painted pixels`);
  });

  it("saves that pattern in every format; prints sizes and times", async () => {
    const tools = browser.page.locator('[data-figure="pattern"] .tools');
    for (const format of ["SVG", "PNG", "CSV", "JSON"]) {
      await browser.page.evaluate(() => {
        /** @type {any} */ (window).asked.length = 0;
      });
      const startMs = performance.now();
      await tools.getByRole("button", { name: format, exact: true }).click();
      await browser.page.waitForFunction(
        () => /** @type {any} */ (window).asked.some((/** @type {any} */ { type }) => type === "save"),
        null,
        { timeout: 120_000 },
      );
      const tookMs = performance.now() - startMs;
      const saved = await browser.page.evaluate(() => {
        const { content, name } = /** @type {any} */ (window).asked.find((/** @type {any} */ a) => a.type === "save");
        const start = typeof content === "string" ? content.slice(0, 200) : String.fromCharCode(...content.slice(0, 8));
        const nLines = typeof content === "string" ? content.split("\n").length : 0;
        return { name, start, nLines, length: content.length };
      });
      console.log(
        `    4,096 tokens as ${format}: ${(saved.length / 2 ** 20).toFixed(1)} MiB after ${tookMs.toFixed(0)} ms`,
      );
      deepStrictEqual(saved.name, "rows-line-1-pattern-layer-2-mean");
      ok(saved.length < 256 * 2 ** 20, `${format} has ${saved.length} bytes`);
      if (format === "CSV") deepStrictEqual(saved.nLines, 4096 + 2);
      if (format === "PNG") ok(saved.start.includes("PNG"));
    }
  });

  it("says why a figure cannot be saved", async () => {
    const tools = browser.page.locator('[data-figure="pattern"] .tools');
    const sayNo = (/** @type {boolean} */ isBroken) =>
      browser.page.evaluate((broken) => {
        const { prototype } = HTMLImageElement;
        const kept = /** @type {any} */ (window).decode ?? prototype.decode;
        Object.assign(window, { decode: kept });
        prototype.decode = broken ? () => Promise.reject(new Error("no picture")) : kept;
      }, isBroken);
    await sayNo(true);
    await tools.getByRole("button", { name: "PNG", exact: true }).click();
    await tools.getByRole("status").filter({ hasText: "Not saved as PNG: no picture." }).waitFor();
    await sayNo(false);
    await tools.getByRole("button", { name: "PNG", exact: true }).click();
    await tools.getByRole("status").waitFor({ state: "detached" });
  });

  it("marks picked heads where the system forces its colours", async () => {
    await show(rowOf(["a", "b"], ["c"]));
    await browser.page.getByRole("tab", { name: "Ledger" }).click();
    const roles = ["bos", "user", "target"];
    const prompt = {
      queryIdx: 1,
      nLayers: 2,
      nHeads: 2,
      roles,
      masses: Array(12).fill(1 / 3),
      tokenMasses: Array(3).fill(1 / 3),
      meanTokenMasses: Array(3).fill(1 / 3),
    };
    const ledger = { representativeHead: { layerIdx: 0, headIdx: 1 }, withTemplate: null, withoutTemplate: prompt };
    await answer("row/ledger", ledger);
    await browser.page.locator('.cr-heat[data-layer="1"][data-head="0"]').click({ modifiers: ["Control"] });
    const fills = () =>
      browser.page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement("span"));
        probe.style.color = "CanvasText";
        const dot = /** @type {Element} */ (document.querySelector(".cr-heat-picked"));
        const found = [getComputedStyle(dot).fill, getComputedStyle(probe).color];
        probe.remove();
        return found;
      });
    await browser.page.emulateMedia({ forcedColors: "active" });
    const [fill, ink] = await fills();
    deepStrictEqual(fill, ink);
    await browser.page.emulateMedia({ forcedColors: null });
  });

  it("threw nothing on the way", () => deepStrictEqual(errors, []));
});
