import type { Row } from "../../src/core/row.ts";

const words =
  "the report of a new town was read in spring and many visitors who came by train said that its market had changed since old bridge over river fell into water near mill".split(
    " ",
  );

/** A small deterministic generator (mulberry32), so that both sides of a benchmark read the same rows. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rows as reading-comprehension data has them: a context of 60 to 180 words, a question, an answer of 1 to 25 words. */
export function benchRows(nRows: number): Row[] {
  const random = generator(7);
  const sentence = (nWords: number) =>
    Array.from({ length: nWords }, () => words[Math.floor(random() * words.length)]).join(" ");
  return Array.from({ length: nRows }, () => ({
    prompt: [
      {
        role: "user",
        parts: [
          { kind: "context", text: sentence(60 + Math.floor(random() * 120)) },
          { kind: "separator", text: "\n" },
          { kind: "text", text: `what ${sentence(8)}?` },
        ],
      },
    ],
    target: { kind: "text", text: sentence(1 + Math.floor(random() * 25)) },
  }));
}
