import { expect, test } from "vitest";
import { isHubId } from "../../../src/model/hubNames.ts";
import { recommendedModels } from "../../../src/model/hubRecommendation.ts";

test("the list is complete, without a model twice, the smallest first", () => {
  expect(recommendedModels.length).toBeGreaterThan(3);
  for (const model of recommendedModels) {
    expect(Object.keys(model).sort()).toEqual(["id", "licence", "parameters", "title"]);
    expect(Object.values(model).every((text) => typeof text === "string" && text.trim() === text && text !== "")).toBe(
      true,
    );
    expect(isHubId(model.id)).toBe(true);
  }
  expect(new Set(recommendedModels.map(({ id }) => id)).size).toBe(recommendedModels.length);
  const counts = recommendedModels.map(({ parameters }) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([MB])$/.exec(parameters) ?? [];
    return Number(number) * (unit === "B" ? 1e9 : 1e6);
  });
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  // Scoring is meant for a laptop.
  expect(Math.max(...counts)).toBeLessThanOrEqual(2e9);
});
