import { LoggingError } from "@cordwood/core";

/** The refusal of a frame, whoever finds the reason. */
export const frameRefused = (reason: string, cause?: unknown): LoggingError =>
  new LoggingError("FRAME_REFUSED", `frame refused: ${reason}`, cause === undefined ? undefined : { cause });
