import { reportError } from "@cordwood/core";

type Depths = Map<string, number>;

const KEY = Symbol.for("@cordwood/bridges.crossing");

// On globalThis because the ESM and the CommonJS build of a bridge may meet: one writes into the library, the other listens to it.
function depths(): Depths {
  const holder = globalThis as { [KEY]?: Depths };
  return (holder[KEY] ??= new Map());
}

/** Runs `write`, which gives a record to the other library. What comes back from that library meanwhile is an echo. */
export function cross<T>(library: string, write: () => T): T {
  const open = depths();
  const depth = open.get(library) ?? 0;
  open.set(library, depth + 1);
  try {
    return write();
  } finally {
    open.set(library, depth);
  }
}

/** Whether a record is being given to the library right now, so that what it says comes from Cordwood itself. */
export const isEcho = (library: string): boolean => (depths().get(library) ?? 0) > 0;

/** Says once a minute that two bridges face each other. The record is not lost: it is in the tree already. */
export const reportEcho = (library: string): void =>
  reportError({
    cause: `loop through ${library}`,
    message: `a record that was given to ${library} came back from there and goes no further; take one of the two bridges away`,
  });
