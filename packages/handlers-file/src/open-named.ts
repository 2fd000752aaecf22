import { createWithHeader } from "./file-header.js";
import type { FileSettings } from "./file-options.js";
import { errorCode, identify } from "./file-system.js";
import type { Notice } from "./notice.js";
import { type OpenFile, openFile } from "./open-file.js";
import type { SharedUse } from "./shared-use.js";

/** How often a name may stand for another file each time it is opened before that is given up. */
const MOST_REPLACEMENTS = 100;

type Mode = "a" | "w" | "x";

/**
 * Opens the file that the name stands for. When it is shared, a note tells the others before it is written to.
 * @param use the processes that write to the file, when it is shared.
 * @throws LoggingError `FILE_OPEN_FAILED`.
 */
export function openNamed(path: string, mode: Mode, settings: FileSettings, use: SharedUse | undefined, notice: Notice): OpenFile {
  if (use === undefined) return openFile(path, mode, settings);
  for (let attempt = 1; ; attempt++) {
    const opened = openShared(path, mode, settings, notice);
    // What looks unfinished may be the line that another process is writing at this moment.
    const torn = opened.torn && !use.inUse().has(opened.inode);
    use.enter(opened.inode);
    if (attempt === MOST_REPLACEMENTS || identify(settings.system, path)?.ino === opened.inode) return { ...opened, torn };
    use.leave(opened.inode);
    settings.system.closeSync(opened.descriptor);
  }
}

/** Opens a shared file, which has its header before it has its name: one that was moved away meanwhile is not created empty. */
function openShared(path: string, mode: Mode, settings: FileSettings, notice: Notice): OpenFile {
  for (let attempt = 1; ; attempt++) {
    const there = createWithHeader(path, settings, notice);
    try {
      return openFile(path, mode, settings, there ? "existing" : "any");
    } catch (error) {
      if (attempt === MOST_REPLACEMENTS || errorCode((error as Error).cause) !== "ENOENT") throw error;
    }
  }
}
