import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import type { Row } from "../../../src/core/row.ts";
import { ScoredDocument } from "../../../src/extension/scoredDocument.ts";
import { type ScoreProgress, type ScoreRunOptions, scoreSlots } from "../../../src/extension/scoreRun.ts";
import { EditedLines, readRecord, scoredRow } from "./fixtures.ts";

interface Bench {
  readonly edited: EditedLines;
  readonly asked: Row[][];
  readonly progress: ScoreProgress[];
  readonly abort: AbortController;
  run(options?: Partial<ScoreRunOptions>): Promise<ScoreProgress>;
}

function bench(text: string): Bench {
  const edited = new EditedLines(text, new ScoredDocument(text.split("\n").length));
  const asked: Row[][] = [];
  const progress: ScoreProgress[] = [];
  const abort = new AbortController();
  const defaults: ScoreRunOptions = {
    slotText: (slotIdx) => edited.lines[slotIdx] ?? "",
    readRecord,
    score: async (rows, _signal, onScored) => {
      asked.push([...rows]);
      onScored(rows.map(scoredRow));
    },
    signal: abort.signal,
    onProgress: (at) => progress.push(at),
  };
  return {
    edited,
    asked,
    progress,
    abort,
    run: (options) => scoreSlots(edited.document, "all", { ...defaults, ...options }),
  };
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => String(1 + i / 1000)).join("\n");

describe("a run over a whole document", () => {
  it("scores every row of every record and keeps why one could not be scored or read", async () => {
    const { edited, run } = bench("1\n2,3\n\n!\nlong");
    expect(await run()).toMatchObject({ nDone: 4, nRows: 4, isEstimate: false });
    expect(edited.document.counts()).toEqual({ nRows: 4, nScored: 3, nUnscorable: 1, nUnscored: 0, nBadRecords: 1 });
    const conversation = edited.document.slot(1);
    if (conversation === null || conversation === "blank") throw new Error("line 2 is a record");
    const perplexities = conversation.rows.map((row) => (row.kind === "scored" ? row.measures.closedPerplexity : null));
    expect(perplexities[0]).toBeCloseTo(Math.exp(2), 5);
    expect(perplexities[1]).toBeCloseTo(Math.exp(3), 5);
  });

  it("sends windows of at most 512 rows and never more than two ahead", async () => {
    let nInFlight = 0;
    let mostInFlight = 0;
    const { asked, run } = bench(numbered(2000));
    await run({
      score: async (rows, _signal, onScored) => {
        asked.push([...rows]);
        mostInFlight = Math.max(mostInFlight, ++nInFlight);
        await setTimeout(100);
        onScored(rows.map(scoredRow));
        nInFlight--;
      },
    });
    expect(asked.map((rows) => rows.length)).toEqual([512, 512, 512, 464]);
    expect(mostInFlight).toBe(2);
  });

  it("sends a window early when its text is long", async () => {
    const { asked, run } = bench([1, 2, 3].map((n) => `${n}${" ".repeat(800_000)}`).join("\n"));
    await run();
    expect(asked.map((rows) => rows.length)).toEqual([2, 1]);
  });

  it("asks for copies of one text once and for nothing that is known", async () => {
    const { asked, edited, run } = bench("1\n1\n2");
    await run();
    expect(asked.flat()).toHaveLength(2);
    edited.edit([0, 0], [0, 0], "2\n7\n");
    await run();
    expect(asked.flat().map((row) => row.target.text)).toEqual(["1", "2", "7"]);
  });

  it("says how many rows there are: first an estimate, then the number", async () => {
    const { progress, run } = bench(numbered(1000).replaceAll("\n", ",5\n"));
    await run();
    expect(progress[0]).toMatchObject({ isEstimate: true });
    // The last record alone has one row.
    expect(progress.at(-1)).toMatchObject({ nDone: 1999, nRows: 1999, isEstimate: false });
  });
});

describe("edits during a run", () => {
  it("gives a result to its text and never to the text that took its place", async () => {
    const { edited, run } = bench("1\n2\n3");
    let isFirst = true;
    await run({
      score: async (rows, _signal, onScored) => {
        if (isFirst) {
          isFirst = false;
          edited.edit([1, 0], [1, 1], "8");
          edited.edit([0, 0], [0, 0], "9\n");
        }
        onScored(rows.map(scoredRow));
      },
    });
    expect(edited.lines).toEqual(["9", "1", "8", "3"]);
    for (const [line, text] of edited.lines.entries()) {
      const slot = edited.document.slot(line);
      const row = slot === null || slot === "blank" ? undefined : slot.rows[0];
      expect(row?.kind === "scored" && row.measures.closedPerplexity).toBeCloseTo(Math.exp(Number(text)), 1);
    }
    edited.edit([2, 0], [2, 1], "2");
    expect(edited.document.counts().nUnscored).toBe(0);
  });

  it("ends although the document changes without end", async () => {
    const { edited, run } = bench("1");
    let next = 2;
    await run({
      score: async (rows, _signal, onScored) => {
        onScored(rows.map(scoredRow));
        edited.edit([0, 0], [0, (edited.lines[0] ?? "").length], String(next++));
      },
    });
    expect(edited.document.counts().nUnscored).toBe(1);
  });
});

describe("a run that does not end well", () => {
  it("keeps what was scored before a cancel, and a second run asks for the rest only", async () => {
    const { abort, asked, edited, run } = bench(numbered(600));
    const cancelled = run({
      score: async (rows, signal, onScored) => {
        asked.push([...rows]);
        onScored(rows.slice(0, 100).map(scoredRow));
        abort.abort();
        if (signal.aborted) throw new CodedError("cancelled");
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    const nKept = edited.document.counts().nScored;
    expect(nKept).toBeGreaterThanOrEqual(100);
    asked.length = 0;
    await run({ signal: new AbortController().signal });
    expect(asked.flat()).toHaveLength(600 - nKept);
    expect(edited.document.counts()).toMatchObject({ nScored: 600, nUnscored: 0 });
  });

  it("starts nothing when it is cancelled before it begins", async () => {
    const { abort, asked, run } = bench("1");
    abort.abort();
    await expect(run()).rejects.toMatchObject({ code: "cancelled" });
    expect(asked).toHaveLength(0);
  });

  it("ends the other windows when one fails, and says why the first did", async () => {
    let nCalls = 0;
    const { run } = bench(numbered(1000));
    const failed = run({
      score: async (_rows, signal) => {
        if (++nCalls === 1) throw new CodedError("model/file-missing", { path: "model.onnx" });
        await new Promise<void>((_, reject) => {
          if (signal.aborted) reject(new CodedError("cancelled"));
          signal.addEventListener("abort", () => reject(new CodedError("cancelled")));
        });
      },
    });
    await expect(failed).rejects.toMatchObject({ code: "model/file-missing" });
    expect(nCalls).toBeLessThanOrEqual(3);
  });

  it("stands aside while it reads: a timer is not held up", async () => {
    const { run } = bench(numbered(20_000));
    let longestMs = 0;
    let beforeMs = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      beforeMs = performance.now();
    }, 1);
    await run({
      readRecord: (text) => {
        const until = performance.now() + 0.02;
        while (performance.now() < until);
        return readRecord(text);
      },
    });
    clearInterval(timer);
    expect(longestMs).toBeLessThan(200);
  });
});
