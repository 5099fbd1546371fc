/** One step of a UTF-8 decoder: how many bytes make the next character, and whether they are one. */
interface Sequence {
  readonly nBytes: number;
  readonly isValid: boolean;
}

/** A run of bytes that is no UTF-8. A decoder writes one U+FFFD (one UTF-16 code unit) for it. */
export interface InvalidSequence {
  readonly byteOffset: number;
  readonly nBytes: number;
  /** Where its U+FFFD stands in the decoded text, UTF-16 code units. */
  readonly unitOffset: number;
}

/** Every run of bytes that is no UTF-8, as the WHATWG Encoding Standard counts them (maximal subparts). */
export function invalidSequences(bytes: Uint8Array): InvalidSequence[] {
  const invalid: InvalidSequence[] = [];
  let unitOffset = 0;
  for (let byteOffset = 0; byteOffset < bytes.length; ) {
    const { nBytes, isValid } = sequenceAt(bytes, byteOffset);
    if (!isValid) invalid.push({ byteOffset, nBytes, unitOffset });
    unitOffset += isValid && nBytes === 4 ? 2 : 1;
    byteOffset += nBytes;
  }
  return invalid;
}

/**
 * How many bytes at the end must wait for the next chunk, so that decoding chunk by chunk equals decoding at once:
 * a character that is not complete, or a CR whose LF may follow. At most 3.
 */
export function nHeldBackBytes(bytes: Uint8Array): number {
  const n = bytes.length;
  if (bytes[n - 1] === 0x0d) return 1;
  for (let back = 1; back <= Math.min(3, n); back++) {
    const byte = bytes[n - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const nBytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return nBytes > back ? back : 0;
  }
  return 0;
}

function sequenceAt(bytes: Uint8Array, offset: number): Sequence {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return { nBytes: 1, isValid: true };
  const nBytes =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 1;
  if (nBytes === 1) return { nBytes: 1, isValid: false };
  for (let i = 1; i < nBytes; i++) {
    const byte = bytes[offset + i];
    const [low, high] = i === 1 ? secondByteRange(lead) : [0x80, 0xbf];
    if (byte === undefined || byte < low || byte > high) return { nBytes: i, isValid: false };
  }
  return { nBytes, isValid: true };
}

/** The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF. */
function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}
