import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder, and the way to remove it with everything in it. Usable with `using`. */
export const temporaryFolder = (): { readonly path: string; remove(): void; [Symbol.dispose](): void } => {
  const path = mkdtempSync(join(tmpdir(), "cordwood-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  return { path, remove, [Symbol.dispose]: remove };
};
