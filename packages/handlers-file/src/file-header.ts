import { threadId } from "node:worker_threads";
import { companion } from "./archives.js";
import type { FileSettings } from "./file-options.js";
import { errorCode, identify, removeFile } from "./file-system.js";
import type { Notice } from "./notice.js";
import { ownIdentity } from "./process-identity.js";

/** The header of a file as a line; empty when there is none, or it cannot be made. */
export function headerText(path: string, settings: FileSettings, notice: Notice): string {
  const { header = "", encoding } = settings;
  try {
    const text = encoding.fit(typeof header === "string" ? header : header(path));
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  } catch (error) {
    notice("header", `the header of ${path} could not be made`, error);
    return "";
  }
}

/** Creates a file that is missing, with its header in it before it has its name, so that no other process writes to it first. */
export function createWithHeader(path: string, settings: FileSettings, notice: Notice): void {
  const { system, fileMode, encoding } = settings;
  if (settings.header === undefined || identify(system, path) !== undefined) return;
  const text = headerText(path, settings, notice);
  if (text === "") return;
  const unnamed = companion(path, `${ownIdentity}-${threadId}.new`);
  try {
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
    if (errorCode(error) !== "EEXIST") notice("header", `the header of ${path} could not be written`, error);
  } finally {
    removeFile(system, unnamed);
  }
}
