import { Buffer } from "node:buffer";

const SLAB_BYTES = 65_536;
/** What is longer gets memory of its own. */
const LONGEST_ON_SLAB = 16_384;

/**
 * Memory for bytes that wait. A small buffer is cut from a pool that the whole process uses, and keeps all of that pool for as long as it waits; here
 * what waits stands beside what waits.
 */
export class Shelf {
  #slab = Buffer.alloc(0);
  #at = 0;

  /** A copy that takes no more memory than its length, but for the end of a slab. */
  readonly keep = (bytes: Buffer): Buffer => {
    const { length } = bytes;
    if (length > LONGEST_ON_SLAB) {
      if (bytes.buffer.byteLength === length) return bytes;
      const own = Buffer.allocUnsafeSlow(length);
      bytes.copy(own);
      return own;
    }
    if (this.#at + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#at = 0;
    }
    bytes.copy(this.#slab, this.#at);
    const kept = this.#slab.subarray(this.#at, this.#at + length);
    this.#at += length;
    return kept;
  };
}

/** Several in one. Those that stand one behind another on a slab are not copied. */
export const joined = (parts: readonly Buffer[]): Buffer => {
  const first = parts[0]!;
  let end = first.byteOffset;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts);
    end += part.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
};
