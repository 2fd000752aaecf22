import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageIn, packageOf } from "./announcement.js";
import { commonJsEntry, describeExports, moduleEntry } from "./entries.js";
import { buildParts, type Parts, type PartsOptions } from "./parts.js";

export { makeAnnouncedEntry } from "./announcement.js";
export type { Parts } from "./parts.js";

export interface LazyEntryOptions extends PartsOptions {
  /** The packages that the parts import as they are loaded. */
  readonly externals: readonly string[];
}

/**
 * Makes the entries that load what `src/index.ts` exports, each with its part, when it is first used: `dist/node.mjs` for ES modules in Node, and
 * `dist/index.cjs` in place of the one that has been built. The parts are in `dist/parts`, for both entries. Throws where an export of
 * `src/index.ts` is in no part, or a part names what it does not export.
 */
export const makeLazyEntry = async (parts: Parts, options: LazyEntryOptions): Promise<void> => {
  const dist = join(options.folder, "dist");
  const files = await buildParts(parts, options);
  mkdirSync(join(dist, "parts"), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(dist, name), text);
  const packages = options.externals.map((name) => packageOf(name, options.folder));
  const exported = describeExports(parts, dist);
  const asked = [...files.values()].some((text) => /\bpart\.(?:url|commonjs)\b/.test(text));
  const entry = { self: packageIn(options.folder), exported, parts, packages, asked };
  writeFileSync(join(dist, "node.mjs"), moduleEntry(entry));
  writeFileSync(join(dist, "index.cjs"), commonJsEntry(entry));
  rmSync(join(dist, "index.cjs.map"), { force: true });
};
