import type * as fileSystem from "node:fs";
import type * as os from "node:os";
import type * as path from "node:path";
import type * as streams from "node:stream/promises";
import type * as url from "node:url";
import type * as threads from "node:worker_threads";
import type * as zlib from "node:zlib";

interface Builtins {
  readonly "node:fs": typeof fileSystem;
  readonly "node:os": typeof os;
  readonly "node:path": typeof path;
  readonly "node:stream/promises": typeof streams;
  readonly "node:url": typeof url;
  readonly "node:worker_threads": typeof threads;
  readonly "node:zlib": typeof zlib;
}

/** A module of Node's own that few programs need, loaded when first asked for: importing this package stays quick. */
export const builtin = <N extends keyof Builtins>(name: N): Builtins[N] => process.getBuiltinModule(name) as unknown as Builtins[N];

// Asked for and not imported: an import builds a namespace with every export of the module, and for `node:fs` loads Node's streams with it.
export const fs = builtin("node:fs");
export const { basename, dirname, join, resolve } = builtin("node:path");
