import { describe, expect, it } from "vitest";
import { RecordMemory } from "../../../src/extension/recordMemory.ts";
import { scoredRecord } from "./fixtures.ts";

describe("RecordMemory", () => {
  it("forgets the record that was not asked for the longest", () => {
    const memory = new RecordMemory(2);
    const [one, two, three] = [scoredRecord("1", 1), scoredRecord("2", 2), scoredRecord("3", 3)];
    memory.keep(one);
    memory.keep(two);
    expect(memory.recall(one.hash)).toBe(one);
    memory.keep(three);
    expect(memory.size).toBe(2);
    expect(memory.recall(two.hash)).toBeNull();
    expect(memory.recall(one.hash)).toBe(one);
    expect(memory.recall(three.hash)).toBe(three);
  });

  it("keeps the newer of two records with one text", () => {
    const memory = new RecordMemory(5);
    const newer = scoredRecord("1", 2);
    memory.keep(scoredRecord("1", 1));
    memory.keep(newer);
    expect(memory.size).toBe(1);
    expect(memory.recall(newer.hash)).toBe(newer);
    memory.clear();
    expect(memory.recall(newer.hash)).toBeNull();
  });
});
