const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const leftToRight = /\p{L}/u;

/** The direction in which most letters of a text run; tokens of an Arabic answer stand from right to left. */
export function textDirection(texts: readonly string[]): "ltr" | "rtl" {
  let nRight = 0;
  let nLeft = 0;
  for (const text of texts) {
    for (const character of text.slice(0, 200)) {
      if (rightToLeft.test(character)) nRight++;
      else if (leftToRight.test(character)) nLeft++;
    }
  }
  return nRight > nLeft ? "rtl" : "ltr";
}
