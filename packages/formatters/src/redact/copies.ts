import { attempt } from "@cordwood/core";

/** In `remove` mode what takes the place of a value: the owner leaves it out. */
export const REMOVED: unique symbol = Symbol("removed");

/** Levels below which nothing is written by any formatter of ours. */
export const DEEPEST = 32;

/** Whether there may be a way from an object to one of the targets. Plain data is looked through, of anything else it is assumed. */
export function leadsTo(from: object, isTarget: (value: object) => boolean, depth: number, scan: { left: number }): boolean {
  try {
    if (depth > DEEPEST) return true;
    const prototype: unknown = Object.getPrototypeOf(from);
    if (prototype !== Object.prototype && prototype !== null && prototype !== Array.prototype) return !(from instanceof Date);
    for (const key in from) {
      const item: unknown = (from as Record<string, unknown>)[key];
      if (typeof item !== "object" || item === null) continue;
      if (--scan.left < 0 || isTarget(item) || leadsTo(item, isTarget, depth + 1, scan)) return true;
    }
    return false;
  } catch {
    return true;
  }
}

/** The object's own fields; one that cannot be read is left for the walk to replace. */
export function copyOf(source: object): Record<string, unknown> {
  try {
    // A key called `__proto__` is a field of the copy like any other.
    return { ...source };
  } catch {
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(source))
      define(
        result,
        key,
        attempt(() => (source as Record<string, unknown>)[key], undefined),
      );
    return result;
  }
}

export function without(
  copy: Readonly<Record<string, unknown>>,
  renamed: ReadonlyMap<string, string> | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(copy)) if (copy[key] !== REMOVED) define(result, renamed?.get(key) ?? key, copy[key]);
  return result;
}

// Assigning to `__proto__` would give the copy another prototype.
export const define = (to: object, key: string, value: unknown): void => {
  Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
};
