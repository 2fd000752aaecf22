import { companion } from "./archives.js";
import { builtin, dirname } from "./builtin.js";
import type { FileSettings } from "./file-options.js";
import { errorCode, identify, removeFile } from "./file-system.js";
import type { Notice } from "./notice.js";
import { ownIdentity } from "./process-identity.js";

/** The header of a file as a line; empty when there is none, or it cannot be made. */
export function headerText(path: string, settings: FileSettings, notice: Notice): string {
  const { header = "", encoding } = settings;
  try {
    const given = typeof header === "string" ? header : header(path);
    const text = encoding.fit?.(given) ?? given;
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  } catch (error) {
    notice("header", `the header of ${path} could not be made`, error);
    return "";
  }
}

/**
 * Creates a file that is missing, with its header in it before it has its name, so that no other process writes to it first.
 * @returns whether there is a file with a header: then it need not be created empty.
 */
export function createWithHeader(path: string, settings: FileSettings, notice: Notice): boolean {
  const { system, fileMode, encoding } = settings;
  if (settings.header === undefined) return false;
  if (identify(system, path) !== undefined) return true;
  const text = headerText(path, settings, notice);
  if (text === "") return false;
  const unnamed = companion(path, `${ownIdentity()}-${builtin("node:worker_threads").threadId}.new`);
  try {
    system.mkdirSync(dirname(path), { recursive: true, mode: settings.folderMode });
    removeFile(system, unnamed);
    const descriptor = system.openSync(unnamed, "wx", fileMode);
    try {
      system.writeSync(descriptor, text, null, encoding.node);
    } finally {
      system.closeSync(descriptor);
    }
    system.linkSync(unnamed, path);
  } catch (error) {
    // Another process was quicker.
    if (errorCode(error) !== "EEXIST") {
      notice("header", `the header of ${path} could not be written`, error);
      return false;
    }
  } finally {
    removeFile(system, unnamed);
  }
  return true;
}
