/** SHA-256 (FIPS 180-4) for runtimes without a synchronous one of their own: browsers and edge workers. */

// Made when first used: most programs have a hash of their own.
let rounds: Uint32Array | undefined;
let start: Uint32Array | undefined;

/** FIPS 180-4 §4.2.2, §5.3.3: the first 32 bits of the fractional parts of roots of the first primes. */
function constants(count: number, exponent: number): Uint32Array {
  const result = new Uint32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let i = 2; i * i <= candidate; i++) if (candidate % i === 0) prime = false;
    if (!prime) continue;
    const root = candidate ** exponent;
    result[found++] = (root - Math.floor(root)) * 2 ** 32;
  }
  return result;
}

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The digest of some bytes, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const length = message.length;
  const padded = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
  padded.set(message);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const hash = (start ??= constants(8, 1 / 2)).slice();
  rounds ??= constants(64, 1 / 3);
  const w = new Uint32Array(64);
  for (let offset = 0; offset < padded.length; offset += 64) compress(hash, w, rounds, view, offset);
  const result = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => {
    result.setUint32(i * 4, word);
  });
  return new Uint8Array(result.buffer);
}

function compress(hash: Uint32Array, w: Uint32Array, k: Uint32Array, view: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15]!;
    const b = w[i - 2]!;
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    hash[i] = hash[i]! + word;
  });
}
