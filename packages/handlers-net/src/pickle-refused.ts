import { LoggingError } from "@cordwood/core";

/** The refusal of a pickle. */
export const pickleRefused = (reason: string): LoggingError =>
  new LoggingError("PICKLE_REFUSED", `pickle refused: ${reason}; only plain data is read`);
