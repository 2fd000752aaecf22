import { LogRecord } from "@cordwood/core";

/**
 * Whether attributes that a record works out, such as its process, may have been assigned to it: as to a record from elsewhere. A record of
 * another class may have them in any way. It costs nothing to ask.
 */
export const mayBeAssigned = (record: LogRecord): boolean => record.given !== undefined || record.constructor !== LogRecord;
