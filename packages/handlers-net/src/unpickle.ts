import { PickleMachine } from "./pickle-machine.js";
import { OpcodeReader } from "./pickle-reader.js";
import { pickleRefused } from "./pickle-refused.js";

export interface UnpickleOptions {
  /** Longest pickle, in bytes. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Deepest nesting of lists, tuples, dicts and sets. Default 64. */
  readonly maxDepth?: number;
}

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 64;
/** A shared value may be referred to often; what it all comes to once written out stays within this multiple of the pickle. */
const MAX_EXPANSION = 4;
const FREE_EXPANSION = 262_144;

/**
 * Reads a Python pickle of protocol 0 to 5 that holds plain data: None, booleans, numbers, text, bytes, lists, tuples, dicts
 * and sets. Dicts become objects without a prototype, tuples arrays, sets `Set`s, bytes `Uint8Array`s, integers beyond
 * 2^53 bigints. The opcodes are read through once before anything is built: one that could name or call anything
 * refuses the whole, also when its result would be dropped.
 * @throws LoggingError `PICKLE_REFUSED`
 */
export const unpickle = (data: Uint8Array, options: UnpickleOptions = {}): unknown => {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  if (data.length > maxBytes) throw pickleRefused(`it has ${data.length} bytes; the limit is ${maxBytes}`);
  const check = new OpcodeReader(data);
  while (check.next());
  const machine = new PickleMachine(data, maxDepth);
  const value = machine.run();
  // Where nothing stands in two places and there are few containers, nothing can be too deep, too large or a circle.
  const plain = !machine.sharesObjects && machine.objects <= maxDepth && machine.sharedText <= FREE_EXPANSION;
  if (!plain) checkSize(value, maxDepth, Math.max(FREE_EXPANSION, data.length * MAX_EXPANSION));
  return value;
};

/** Depth, cycles, and what sharing would blow up to: none of it shows while the opcodes are carried out. */
const checkSize = (root: unknown, maxDepth: number, maxSize: number): void => {
  let size = 0;
  const visit = (value: unknown, depth: number): void => {
    size += typeof value === "string" ? 1 + value.length : 1;
    if (size > maxSize) throw pickleRefused("its shared values come to too much");
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Uint8Array) {
      size += value.length;
      return;
    }
    if (depth >= maxDepth) throw pickleRefused(`it is nested deeper than ${maxDepth}`);
    if (Array.isArray(value) || value instanceof Set) for (const item of value) visit(item, depth + 1);
    else
      for (const [key, item] of Object.entries(value)) {
        size += key.length;
        visit(item, depth + 1);
      }
  };
  visit(root, 0);
};
