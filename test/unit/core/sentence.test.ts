import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sentence } from "../../../src/core/sentence.ts";
import { sentenceTemplates } from "../../../src/core/sentenceTemplates.ts";
import { inferenceMethods } from "../../../src/protocol/inference.ts";
import { inspectionMethods } from "../../../src/protocol/inspection.ts";

test("puts the facts into the sentence of a code", () => {
  expect(sentence("row/too-long", { nTokens: 900, windowTokens: 512 })).toBe(
    "The row has 900 tokens and the model reads 512; it was not scored. Shorten the row or choose a model with a longer window.",
  );
});

test("with fewer facts a plainer sentence of the same code is used", () => {
  expect(sentence("row/too-long")).toBe(
    "The row is longer than the model reads; it was not scored. Shorten it or choose a model with a longer window.",
  );
});

test("a reason can have its own sentence", () => {
  expect(sentence("model/unsupported-graph", { reason: "opset", opset: 9, neededOpset: 11 })).toBe(
    "The model is written in ONNX operators of version 9; version 11 or later is needed. Export it again with a newer opset.",
  );
  expect(sentence("model/unsupported-graph", { reason: "unheard-of" })).toContain("cannot be measured (unheard-of)");
});

test("what JSON lacks decides between sentences too", () => {
  expect(sentence("dataset/invalid-json", { expected: "colon", found: "12}" })).toBe(
    "The row is not JSON: a colon is missing before 12}. Add it.",
  );
});

test("the position comes first where the data holds it", () => {
  const said = "A comma is missing between two rows. Add it.";
  expect(sentence("dataset/missing-comma", { line: 3, column: 14 })).toBe(`Line 3, column 14: ${said}`);
  expect(sentence("dataset/missing-comma", { line: 3 })).toBe(`Line 3: ${said}`);
  expect(sentence("dataset/missing-comma")).toBe(said);
});

test("a code without a sentence is said with all its facts", () => {
  expect(sentence("dataset/unheard-of", { file: "a.jsonl", nRows: 2 })).toBe(
    "Something went wrong: dataset/unheard-of (file a.jsonl, nRows 2).",
  );
  expect(sentence("dataset/unheard-of")).toBe("Something went wrong: dataset/unheard-of.");
  expect(sentence("dataset/unheard-of", { line: 1 })).toBe(
    "Line 1: Something went wrong: dataset/unheard-of (line 1).",
  );
});

test.each(["toString", "constructor", "__proto__", "hasOwnProperty"])(
  "the code %s is unknown, not inherited",
  (code) => {
    expect(sentence(code)).toBe(`Something went wrong: ${code}.`);
  },
);

test("a known code without any fact of its only sentence is said as it is", () => {
  expect(sentence("store/disk-full", {})).toBe("Something went wrong: store/disk-full.");
});

test("sizes are in units, counts as they are", () => {
  const message = (sizeBytes: number) =>
    /has (.*), more than/.exec(sentence("model/file-too-large", { file: "m", sizeBytes, maxBytes: 1 }))?.[1];
  expect(message(12)).toBe("12 bytes");
  expect(message(1023)).toBe("1023 bytes");
  expect(message(1024)).toBe("1 KiB");
  expect(message(1.5 * 1024 ** 2)).toBe("1.5 MiB");
  expect(message(5 * 1024 ** 4)).toBe("5 TiB");
  expect(message(5000 * 1024 ** 4)).toBe("5000 TiB");
});

test("facts are never read as placeholders, and control characters do not reach a terminal", () => {
  expect(sentence("model/file-missing", { file: "{file} $& \u001b[31m\r\n.onnx" })).toBe(
    "The model file {file} $&  [31m .onnx does not exist. Check the path, or download the model again.",
  );
});

test("a translation gets the English template and the facts as words", () => {
  const asked: [string, Record<string, string>][] = [];
  const said = sentence("row/too-long", { nTokens: 900, windowTokens: 512, line: 7 }, (template, facts) => {
    asked.push([template, facts]);
    return facts.sentence === undefined ? "zu lang" : `Zeile ${facts.line}: ${facts.sentence}`;
  });
  expect(said).toBe("Zeile 7: zu lang");
  expect(asked[0]?.[0]).toBe(sentenceTemplates["row/too-long"]?.[0]);
  expect(asked[0]?.[1]).toEqual({ nTokens: "900", windowTokens: "512", line: "7" });
});

const factTexts = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.string(), fc.double(), fc.boolean()));

test("any code with any data is one line that is not empty", () => {
  const codes = fc.oneof(fc.constantFrom(...Object.keys(sentenceTemplates)), fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(codes, factTexts, (code, data) => {
      const said = sentence(code, data);
      expect(said.length).toBeGreaterThan(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
      expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }),
  );
});

const templates = Object.entries(sentenceTemplates).flatMap(([key, variants]) =>
  variants.map((template) => [key, template] as const),
);

test.each(templates)("%s: %s", (_key, template) => {
  expect(template).toMatch(/^[A-Z{].*\.$/);
  expect(template).not.toMatch(/ {2}|\.\.|!/);
  expect(template.replaceAll(/\{\w+\}/g, "")).not.toMatch(/[{}]/);
});

test("later templates of a code need fewer facts, or other ones, than every earlier one", () => {
  for (const [key, variants] of Object.entries(sentenceTemplates)) {
    const needed = variants.map((template) => new Set([...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1])));
    for (const [idx, later] of needed.entries()) {
      for (const earlier of needed.slice(0, idx)) {
        const hidden = [...earlier].every((name) => later.has(name));
        expect(hidden, `${key}: template ${idx} can never be chosen`).toBe(false);
      }
    }
  }
});

test("every code that the source names has a sentence", () => {
  const root = join(import.meta.dirname, "../../..");
  const named = /"((?:cli|dataset|hub|inference|measure|model|row|store)\/[a-z0-9-]+|cancelled)"/g;
  // The messages of the protocol are named alike.
  const files = globSync("src/**/*.ts", { cwd: root }).filter((file) => !/^src.(core|protocol)/.test(file));
  const codes = new Set(
    files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(named)].map((match) => match[1] ?? "")),
  );
  expect(codes).toContain("cancelled");
  for (const method of [...Object.values(inferenceMethods), ...inspectionMethods]) codes.delete(method);
  const known = new Set(Object.keys(sentenceTemplates).map((key) => key.split(":")[0]));
  expect([...codes].filter((code) => !known.has(code))).toEqual([]);
});
