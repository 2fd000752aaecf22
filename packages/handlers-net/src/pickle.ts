import { Buffer } from "node:buffer";

/** Attributes that are floats in Python also when their value is whole. */
const FLOATS: ReadonlySet<string> = new Set(["created", "msecs", "relativeCreated"]);

/** Larger ones are not kept for the next record. */
const MOST_KEPT_BYTES = 65_536;
/** Written over by each record. Bytes of a pool would keep what stands beside them in memory for as long as a frame waits. */
let scratch = Buffer.allocUnsafeSlow(4_096);

/**
 * Writes plain data as a Python pickle of protocol 2, which every Python since 2.3 reads: no class is named, nothing is
 * memoized. The values are those of JSON, and bigints; anything else becomes None.
 * @param value a record's attributes: a plain object
 * @returns bytes that the next call writes over
 */
export const pickle = (value: Readonly<Record<string, unknown>>): Buffer => {
  const out = new PickleWriter();
  out.bytes(0x80, 2);
  out.dict(value, FLOATS);
  out.bytes(0x2e);
  return out.take();
};

class PickleWriter {
  #buffer = scratch;
  #length = 0;

  take(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  bytes(...values: readonly number[]): void {
    this.#reserve(values.length);
    for (const value of values) this.#buffer[this.#length++] = value;
  }

  dict(value: Readonly<Record<string, unknown>>, floats?: ReadonlySet<string>): void {
    this.bytes(0x7d, 0x28);
    for (const key of Object.keys(value)) {
      this.#text(key);
      const item = value[key];
      if (typeof item === "number" && floats?.has(key) === true) this.#float(item);
      else this.#value(item);
    }
    this.bytes(0x75);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number" && (value | 0) === value && !Object.is(value, -0)) this.#int(value);
    else if (typeof value === "number" && (!Number.isSafeInteger(value) || value === 0)) this.#float(value);
    else if (typeof value === "number") this.#long(BigInt(value));
    else if (typeof value === "boolean") this.bytes(value ? 0x88 : 0x89);
    else if (typeof value === "bigint") this.#long(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === "object" && value !== null) this.dict(value as Readonly<Record<string, unknown>>);
    else this.bytes(0x4e);
  }

  #list(items: readonly unknown[]): void {
    this.bytes(0x5d, 0x28);
    for (const item of items) this.#value(item);
    this.bytes(0x65);
  }

  #text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(5 + length);
    this.#buffer[this.#length] = 0x58;
    this.#buffer.writeUInt32LE(length, this.#length + 1);
    this.#buffer.write(value, this.#length + 5);
    this.#length += 5 + length;
  }

  #int(value: number): void {
    this.#reserve(5);
    this.#buffer[this.#length] = 0x4a;
    this.#buffer.writeInt32LE(value, this.#length + 1);
    this.#length += 5;
  }

  #float(value: number): void {
    this.#reserve(9);
    this.#buffer[this.#length] = 0x47;
    this.#buffer.writeDoubleBE(value, this.#length + 1);
    this.#length += 9;
  }

  /** LONG4: two's complement, little-endian, one bit kept for the sign. */
  #long(value: bigint): void {
    const bits = (value < 0n ? -value : value).toString(2).length + 1;
    const length = Math.ceil(bits / 8);
    const digits = BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, "0");
    this.#reserve(5 + length);
    this.#buffer[this.#length] = 0x8b;
    this.#buffer.writeInt32LE(length, this.#length + 1);
    this.#buffer.set(Buffer.from(digits, "hex").reverse(), this.#length + 5);
    this.#length += 5 + length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
    if (larger.length <= MOST_KEPT_BYTES) scratch = larger;
  }
}
