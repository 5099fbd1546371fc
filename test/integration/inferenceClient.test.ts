import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Problem } from "../../src/core/problem.ts";
import type { Row } from "../../src/core/row.ts";
import type { ScoredRow } from "../../src/engine/scoredRow.ts";
import { InferenceClient } from "../../src/inference/client.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
const modelFolder = join(projectRoot, "media", "model");
const program = join(projectRoot, "dist", "inference.js");

/** Rows of different lengths, enough for several batches. */
const rows: Row[] = Array.from({ length: 60 }, (_, idx) => ({
  prompt: [
    {
      role: "user",
      parts: [
        {
          kind: "context",
          text: `Visitors like it. ${"It rains. ".repeat(idx % 7)}The capital of Land ${idx} is Town ${idx}.`,
        },
        { kind: "separator", text: "\n" },
        { kind: "text", text: `What is the capital of Land ${idx}?` },
      ],
    },
  ],
  target: { kind: "text", text: `The capital is Town ${idx}.` },
}));

let folder: string;
let clients: InferenceClient[];
let warnings: Problem[];

function newClient(storeFile: string | null = null, onWarning?: (problem: Problem) => void): InferenceClient {
  const client = new InferenceClient({
    program,
    storeFile,
    onWarning: onWarning ?? ((problem) => warnings.push(problem)),
    onLog: () => undefined,
  });
  clients.push(client);
  return client;
}

async function score(
  client: InferenceClient,
  options: { signal?: AbortSignal; onScored?: (n: number) => void; storedOnly?: boolean } = {},
) {
  const scored = new Map<number, ScoredRow>();
  const request = { modelFolder, rows, answerOnly: false, storedOnly: options.storedOnly ?? false };
  const end = client.scoreRows(request, options.signal ?? new AbortController().signal, (done) => {
    for (const row of done) {
      expect(scored.has(row.rowIdx)).toBe(false);
      scored.set(row.rowIdx, row);
    }
    options.onScored?.(scored.size);
  });
  return {
    scored,
    outcome: await end.then(
      () => "done",
      (error) => error.code,
    ),
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "context-reliance-client-"));
  clients = [];
  warnings = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.dispose()));
  rmSync(folder, { recursive: true, force: true });
});

describe("the inference process", () => {
  test("opens the bundled model and says what it is", async () => {
    const identity = await newClient().openModel({ modelFolder });
    expect(identity).toMatchObject({ dtype: "float32", windowTokens: 512 });
    expect(identity.modelHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("scores every row once, the context of a made-up fact helps", async () => {
    const { scored, outcome } = await score(newClient());
    expect(outcome).toBe("done");
    expect(scored.size).toBe(rows.length);
    for (const { logProbs } of scored.values()) {
      expect(logProbs?.open.length).toBe(logProbs?.closed?.length);
      expect(logProbs?.open.every((value) => value <= 0)).toBe(true);
    }
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const gains = [...scored.values()].map(({ logProbs }) =>
      logProbs?.closed ? mean(logProbs.open) - mean(logProbs.closed) : Number.NaN,
    );
    expect(gains.filter((gain) => gain > 0).length).toBeGreaterThan(rows.length / 2);
  });

  test("killed in the middle of a run it starts again, says so once, and ends with equal scores", async () => {
    const calm = await score(newClient());
    const client = newClient();
    let isKilled = false;
    const killed = await score(client, {
      onScored: (nScored) => {
        if (isKilled || nScored < 5 || !client.processId) return;
        isKilled = true;
        process.kill(client.processId, "SIGKILL");
      },
    });
    expect(killed.outcome).toBe("done");
    expect(warnings.map((warning) => warning.code)).toEqual(["inference/restarted"]);
    expect(killed.scored.size).toBe(rows.length);
    for (const [rowIdx, row] of calm.scored) {
      const again = killed.scored.get(rowIdx)?.logProbs;
      row.logProbs?.open.forEach((value, tokenIdx) => {
        // Other batches after the restart: the same sums in another order.
        expect(Math.abs(value - (again?.open[tokenIdx] ?? Number.NaN))).toBeLessThan(1e-5);
      });
    }
  });

  test("a cancelled run ends at once, keeps its rows, and is finished from the store", async () => {
    const storeFile = join(folder, "scores.db");
    const client = newClient(storeFile);
    const controller = new AbortController();
    let cancelledAtMs = Number.NaN;
    const cancelled = await score(client, {
      signal: controller.signal,
      onScored: () => {
        if (controller.signal.aborted) return;
        cancelledAtMs = performance.now();
        controller.abort();
      },
    });
    const waitedMs = performance.now() - cancelledAtMs;
    expect(cancelled.outcome).toBe("cancelled");
    expect(cancelled.scored.size).toBeGreaterThan(0);
    expect(cancelled.scored.size).toBeLessThan(rows.length);
    expect(waitedMs).toBeLessThan(2000);
    const finished = await score(newClient(storeFile));
    expect(finished.scored.size).toBe(rows.length);
    expect([...finished.scored.values()].filter((row) => row.fromCache).length).toBeGreaterThanOrEqual(
      cancelled.scored.size,
    );
  });

  test("the store alone answers for rows it knows, in another process and another run", async () => {
    const storeFile = join(folder, "scores.db");
    const fresh = await score(newClient(storeFile));
    const stored = await score(newClient(storeFile), { storedOnly: true });
    expect(stored.scored.size).toBe(rows.length);
    expect(stored.scored.get(3)?.logProbs).toEqual(fresh.scored.get(3)?.logProbs);
    expect(stored.scored.get(3)?.fromCache).toBe(true);
  });

  test("a store that cannot be opened costs one warning and no score", async () => {
    const { scored } = await score(newClient(folder));
    expect(scored.size).toBe(rows.length);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.code).toMatch(/^store\//);
  });

  test("says which model folder is missing", async () => {
    const missing = join(folder, "nothing");
    await expect(newClient().openModel({ modelFolder: missing })).rejects.toMatchObject({
      code: "model/folder-missing",
    });
  });

  test("inspects a row: segments cover the prompt and the target is where it says", async () => {
    const row = rows[1];
    if (!row) throw new Error("no row");
    const { open, closed } = await newClient().inspectRow({ modelFolder, row });
    expect(open.prompt.segments.map(({ span }) => open.prompt.text.slice(span.start, span.end)).join("")).toBe(
      open.prompt.text,
    );
    const target = open.prompt.segments.find((segment) => segment.role === "target");
    expect(open.prompt.text.slice(target?.span.start, target?.span.end)).toBe(row.target.text);
    expect(closed?.prompt.text).not.toContain("Visitors like it");
    expect(open.logProbs.length).toBe(open.prompt.target.end - open.prompt.target.start + 1);
  });

  test("a program that cannot start is an error, not a hang", async () => {
    const client = new InferenceClient({
      program: join(folder, "missing.js"),
      storeFile: null,
      onWarning: () => undefined,
      onLog: () => undefined,
    });
    clients.push(client);
    await expect(client.openModel({ modelFolder })).rejects.toMatchObject({ code: "inference/process-exited" });
  });
});
