import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";

/** How much of a model's bytes its hash covers. */
export type HashKind = "full" | "sampled";

/** A model's fingerprint: equal hashes mean equal weights and an equal tokenizer. */
export interface ModelHash {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly kind: HashKind;
}

const blockBytes = 1 << 20;
/** Files up to this size are read whole: 256 MiB take about 0.2 s; a 2 GB file would add seconds to every opening. */
const maxFullBytes = 256 << 20;
const nSamples = 256;
const sampleBytes = 4096;

const known = new Map<string, { readonly stamp: string; readonly digest: string }>();

/**
 * Fingerprint of files and of a text that belongs to them, over names, sizes and contents in the given order.
 *
 * A file above 256 MiB is sampled: its size, its time of change, the first and last MiB and 256 blocks of 4 KiB spread
 * evenly. Copying such a file may change its hash, which costs a second scoring, never a wrong score.
 */
export function hashModel(files: readonly string[], text: string): ModelHash {
  const hash = createHash("sha256");
  let kind: HashKind = "full";
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    if (size > maxFullBytes) kind = "sampled";
    hash.update(`${size}:${fileDigest(file, size, mtimeMs)}\n`);
  }
  hash.update(text);
  return { hash: hash.digest("hex"), kind };
}

/** Remembered per path, size and time of change, so that a model opened again is not read again. */
function fileDigest(file: string, size: number, mtimeMs: number): string {
  const stamp = `${size}:${mtimeMs}`;
  const remembered = known.get(file);
  if (remembered?.stamp === stamp) return remembered.digest;
  const descriptor = openSync(file, "r");
  try {
    const hash = createHash("sha256");
    if (size <= maxFullBytes) updateRange(hash, descriptor, 0, size);
    else updateSamples(hash.update(`sampled:${stamp}\n`), descriptor, size);
    const digest = hash.digest("hex");
    known.set(file, { stamp, digest });
    return digest;
  } finally {
    closeSync(descriptor);
  }
}

function updateSamples(hash: Hash, descriptor: number, size: number): void {
  updateRange(hash, descriptor, 0, blockBytes);
  const step = Math.floor((size - sampleBytes) / nSamples);
  for (let sampleIdx = 1; sampleIdx < nSamples; sampleIdx++) {
    updateRange(hash, descriptor, sampleIdx * step, sampleIdx * step + sampleBytes);
  }
  updateRange(hash, descriptor, size - blockBytes, size);
}

function updateRange(hash: Hash, descriptor: number, start: number, end: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(blockBytes, end - start));
  for (let position = start; position < end; ) {
    const bytesRead = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) return;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
