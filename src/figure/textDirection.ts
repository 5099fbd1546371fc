const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const leftToRight = /\p{L}/u;

/** The direction in which most tokens of a text run, by their first letter: those of an Arabic answer stand from right to left. */
export function textDirection(texts: readonly string[]): "ltr" | "rtl" {
  let nRight = 0;
  let nLeft = 0;
  for (const text of texts) {
    const letter = leftToRight.exec(text.slice(0, 100))?.[0];
    if (letter === undefined) continue;
    if (rightToLeft.test(letter)) nRight++;
    else nLeft++;
  }
  return nRight > nLeft ? "rtl" : "ltr";
}
