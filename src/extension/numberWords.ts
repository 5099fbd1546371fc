/** Writes numbers as a reader of `locale` expects them; what a formatter needs is made when it is first used. */
export class NumberWords {
  readonly #locale: string;
  readonly #formats = new Map<string, Intl.NumberFormat>();

  constructor(locale: string) {
    this.#locale = locale;
  }

  /** A count with separators: `52,002`. */
  count(count: number): string {
    return this.#format({}).format(count);
  }

  /** Nats per token with their sign and two decimals: `+0.18`, `−0.02`, `0.00`. */
  nats(nats: number): string {
    return this.#format({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" })
      .format(nats)
      .replace("-", "−");
  }

  /** Three significant digits: `1.43`, `128`, `2.1E8`. */
  perplexity(perplexity: number): string {
    if (perplexity >= 1e6) return this.#format({ notation: "scientific", maximumFractionDigits: 1 }).format(perplexity);
    const nDigits = perplexity >= 100 ? 0 : perplexity >= 10 ? 1 : 2;
    return this.#format({ minimumFractionDigits: nDigits, maximumFractionDigits: nDigits }).format(perplexity);
  }

  /** A percentile without its unit, rounded up so that nothing is below the first: `12`. */
  percentile(share: number): string {
    return this.count(Math.ceil(share * 100 - 1e-9));
  }

  /** A rate with as many digits as say something: `4.2`, `85`. */
  rate(perSecond: number): string {
    return this.#format({ maximumFractionDigits: perSecond < 10 ? 1 : 0 }).format(perSecond);
  }

  /** A share as a percentage: `25%`. */
  share(share: number): string {
    return this.#format({ style: "percent", maximumFractionDigits: 1 }).format(share);
  }

  /** A stretch of time in its largest unit: `40 sec`, `3 min`, `2 hr`. */
  duration(durationMs: number): string {
    const seconds = Math.max(1, Math.round(durationMs / 1000));
    const [value, unit] =
      seconds < 90
        ? [seconds, "second"]
        : seconds < 5400
          ? [Math.round(seconds / 60), "minute"]
          : [Math.round(seconds / 3600), "hour"];
    return this.#format({ style: "unit", unit, unitDisplay: "short" }).format(value);
  }

  /** How long ago something was: `3 minutes ago`, `now`. */
  age(ageMs: number): string {
    const relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" });
    const seconds = Math.max(0, Math.round(ageMs / 1000));
    if (seconds < 60) return relative.format(0, "second");
    if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
    if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), "hour");
    return relative.format(-Math.floor(seconds / 86_400), "day");
  }

  /** A size: `4.6 MB`. */
  size(sizeBytes: number): string {
    const megabytes = sizeBytes / 1e6;
    return this.#format({ style: "unit", unit: "megabyte", maximumFractionDigits: megabytes < 10 ? 1 : 0 }).format(
      megabytes,
    );
  }

  #format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    const known = this.#formats.get(key);
    if (known) return known;
    const format = new Intl.NumberFormat(this.#locale, options);
    this.#formats.set(key, format);
    return format;
  }
}
