import { describe, expect, it } from "vitest";
import { NumberWords } from "../../../src/extension/numberWords.ts";

const english = new NumberWords("en");

describe("NumberWords", () => {
  it("writes gains with their sign, a true minus, and no sign at zero", () => {
    expect([0.178, -0.021, 0, 0.001, -0.001].map((nats) => english.nats(nats))).toEqual([
      "+0.18",
      "−0.02",
      "0.00",
      "0.00",
      "0.00",
    ]);
  });

  it("writes perplexities with three digits that count", () => {
    expect([1, 1.426, 12.34, 128.4, 12_400.2, 2.1e8].map((value) => english.perplexity(value))).toEqual([
      "1.00",
      "1.43",
      "12.3",
      "128",
      "12,400",
      "2.1E8",
    ]);
  });

  it("rounds percentiles up, so that the first row is not below all", () => {
    expect([0.001, 0.12, 0.1201, 0.25, 1].map((share) => english.percentile(share))).toEqual([
      "1",
      "12",
      "13",
      "25",
      "100",
    ]);
  });

  it("says durations and ages in their largest unit", () => {
    expect([300, 40_000, 200_000, 9_000_000].map((ms) => english.duration(ms))).toEqual([
      "1 sec",
      "40 sec",
      "3 min",
      "3 hr",
    ]);
    expect([10, 120_000, 7_300_000, 200_000_000].map((ms) => english.age(ms))).toEqual([
      "now",
      "2 minutes ago",
      "2 hours ago",
      "2 days ago",
    ]);
  });

  it("writes rates and sizes with few digits", () => {
    expect([4.23, 85.4].map((rate) => english.rate(rate))).toEqual(["4.2", "85"]);
    expect([4_620_000, 1_234_000_000].map((size) => english.size(size))).toEqual(["4.6 MB", "1,234 MB"]);
  });

  it("follows the reader's language", () => {
    const german = new NumberWords("de");
    expect([german.count(52_002), german.nats(-0.5), german.age(120_000)]).toEqual([
      "52.002",
      "−0,50",
      "vor 2 Minuten",
    ]);
  });
});
