/** The bytes of a file as the wire reader asks for them; who opens and closes the file is not known here. */
export interface ByteSource {
  /** Length of the file in bytes. */
  readonly size: number;
  /** The bytes `[offset, offset + length)`, fewer only where the file has become shorter than `size`. */
  read(offset: number, length: number): Uint8Array;
}

/** The bytes of a buffer as a source. */
export function bufferSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
