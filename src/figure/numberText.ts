/** A perplexity in three significant digits: `3.41`, `128`, `12,400`, `2.1e+8`; a dash when there is none. */
export function perplexityText(perplexity: number | null): string {
  if (perplexity === null || !Number.isFinite(perplexity)) return "–";
  if (perplexity >= 1e6) return perplexity.toExponential(1);
  if (perplexity >= 100) return Number(perplexity.toPrecision(3)).toLocaleString("en-US");
  return perplexity.toPrecision(3);
}

/** Nats with their sign and two decimals, `+0.31` or `−2.10`; a dash when there are none. A true minus keeps columns even. */
export function natsText(nats: number | null): string {
  return signedText(nats, 2);
}

/** As `natsText` with a third decimal, where two of them stand beside their difference. */
export function fineNatsText(nats: number | null): string {
  return signedText(nats, 3);
}

function signedText(value: number | null, nDecimals: number): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const digits = Math.abs(value).toFixed(nDecimals);
  if (Number(digits) === 0) return digits;
  return `${value > 0 ? "+" : "−"}${digits}`;
}

/** A share of a whole as a percentage, `25 %`, `0.4 %`; `0 %` of nothing. */
export function shareText(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  const percent = (100 * part) / whole;
  return `${percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A count with thousands separators. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A count with its noun: `1 row`, `2,048 rows`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`;
}

/** A context-dependency score in three decimals, `0.631`; a dash when there is none. */
export function dependencyText(score: number | null | undefined): string {
  return score == null || !Number.isFinite(score) ? "–" : score.toFixed(3);
}
