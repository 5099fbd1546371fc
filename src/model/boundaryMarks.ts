import { CodedError } from "../core/problem.ts";

/**
 * Invisible numbered marks put into a text so that its borders can be found again after a template has rendered it.
 * A mark is one of 32 neighbouring characters that open it, hexadecimal digits, and one that closes it.
 */
export interface BoundaryMarks {
  mark(markIdx: number): string;
  strip(marked: string): StrippedText;
}

/** A text without its marks, and where in it each mark stood. */
export interface StrippedText {
  readonly text: string;
  readonly positions: ReadonlyMap<number, readonly number[]>;
}

// U+FDD0..U+FDEF are noncharacters: no text that is exchanged may contain them. Private-use characters stand in for
// the rare file that does.
const firstCharacters = [0xfdd0, 0xe000, 0xe800, 0xf000, 0xf8c0];
const openOffset = 16;
const closeOffset = 17;

/** Chooses characters for marks that `text` does not contain. @throws CodedError `model/template-not-aligned` {reason}. */
export function marksFor(text: string): BoundaryMarks {
  const first = firstCharacters.find((code) => !characterRange(code).test(text));
  if (first === undefined)
    throw new CodedError("model/template-not-aligned", { reason: "no-free-marks", part: "", near: "" });
  const character = (offset: number) => String.fromCharCode(first + offset);
  const open = character(openOffset);
  const close = character(closeOffset);
  const digitCharacters = `[${character(0)}-${character(15)}]`;
  const pattern = new RegExp(`${open}(${digitCharacters}+)${close}`, "g");
  return {
    mark: (markIdx) => {
      const digits = [...markIdx.toString(16)].map((digit) => character(Number.parseInt(digit, 16)));
      return open + digits.join("") + close;
    },
    strip: (marked) => {
      const positions = new Map<number, number[]>();
      let nRemoved = 0;
      const text = marked.replace(pattern, (mark: string, digits: string, at: number) => {
        const markIdx = [...digits].reduce((value, digit) => 16 * value + digit.charCodeAt(0) - first, 0);
        positions.set(markIdx, [...(positions.get(markIdx) ?? []), at - nRemoved]);
        nRemoved += mark.length;
        return "";
      });
      return { text, positions };
    },
  };
}

function characterRange(first: number): RegExp {
  return new RegExp(`[${String.fromCharCode(first)}-${String.fromCharCode(first + 31)}]`);
}
