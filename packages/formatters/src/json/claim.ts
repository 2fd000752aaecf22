import type { KeyNode } from "./key-memory.js";

/**
 * Notes that a layer of fields has its keys: layers of a higher rank are written after it, and win. Ranks only ever rise, so that nothing has
 * to be taken back.
 * @param own Whether keys of a prototype have to be told from the object's own.
 */
export function claim(source: object, start: KeyNode, rank: number, own: boolean): void {
  let at = start;
  try {
    for (const key in source) {
      if (own && !Object.hasOwn(source, key)) continue;
      const guess = at.next;
      at = guess !== undefined && guess.key === key ? guess : at.memory.after(at, key);
      at.claimed = rank;
    }
  } catch {
    // Keys that cannot be listed cannot win; writing the layer says why.
  }
}

/** Whether an object may have keys from a prototype of its own, which are not its fields. */
export const hasOwnPrototype = (source: object): boolean => {
  try {
    // V8 looks an object's prototype up in no time, but only where it has just seen a property of the object being read.
    if (source.constructor === Array) return true;
    const prototype: unknown = Object.getPrototypeOf(source);
    return prototype !== Object.prototype && prototype !== null;
  } catch {
    return true;
  }
};
