import type * as os from "node:os";
import type * as streams from "node:stream/promises";
import type * as threads from "node:worker_threads";
import type * as zlib from "node:zlib";

interface Builtins {
  readonly "node:os": typeof os;
  readonly "node:stream/promises": typeof streams;
  readonly "node:worker_threads": typeof threads;
  readonly "node:zlib": typeof zlib;
}

/** A module of Node's own that few programs need, loaded when first asked for: importing this package stays quick. */
export const builtin = <N extends keyof Builtins>(name: N): Builtins[N] => process.getBuiltinModule(name) as unknown as Builtins[N];
