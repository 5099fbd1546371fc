import fc from "fast-check";

/** For tests that try many texts: slower than five seconds only on a busy machine. */
export const manyTextsMs = 60_000;

/** Any UTF-16 at all, half surrogate pairs included; mostly letters, so that words occur. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const codeUnit = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x17f }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  );
  return fc.array(codeUnit, { maxLength }).map((units) => String.fromCharCode(...units));
}
