import { fs } from "./builtin.js";

const paths = new Set<string>();
let hooked = false;

/** Has a file removed when the process ends, unless it is taken back before. What a killed process leaves is recognised by others. */
export function removeAtExit(path: string): void {
  paths.add(path);
  if (hooked) return;
  hooked = true;
  // Handlers register with core before they come here, so they are flushed first.
  process.on("exit", () => {
    for (const left of paths) {
      try {
        fs.unlinkSync(left);
      } catch {
        // There is nobody left to tell, and others will see that the process is gone.
      }
    }
  });
}

/** Takes a file back from {@link removeAtExit}. */
export const keepAtExit = (path: string): void => {
  paths.delete(path);
};
