import { LogRecord, makeLogRecord } from "@cordwood/core";
import { setFinished } from "../finished-lines.js";
import { type Delivery, setDelivery } from "../queue.js";
import { reviveError } from "../snapshot.js";
import type { Decoded, SenderInfo } from "./text.js";

/** A record of another thread or process: it says whose it is, where a record of this thread asks the runtime. */
class ReceivedRecord extends LogRecord {
  declare readonly sender: SenderInfo;

  constructor(init: ConstructorParameters<typeof LogRecord>[0], sender: SenderInfo) {
    super(init);
    this.sender = sender;
  }

  static {
    for (const key of ["process", "processName", "thread", "threadName"] as const) {
      Object.defineProperty(this.prototype, key, {
        get(this: ReceivedRecord) {
          return this.sender[key];
        },
      });
    }
    Object.defineProperty(this.prototype, "relativeCreated", {
      get(this: ReceivedRecord) {
        return this.created * 1_000 - this.sender.startedMs;
      },
    });
  }
}

/** Makes a record again of what was read. `delivery` is noted on records that may have been handled before. */
export function receivedRecord(decoded: Decoded, sender: SenderInfo, delivery: Delivery | undefined): LogRecord {
  const { rare } = decoded;
  const { name, levelno, msg } = decoded;
  let record: LogRecord;
  if (rare === undefined) record = new ReceivedRecord({ name, levelno, msg }, sender);
  else {
    const { fields, bound, context, error, stackInfo } = rare as Record<"fields" | "bound" | "context", object | undefined> & typeof rare;
    const parts = { fields, bound, context, stackInfo: stackInfo ?? null, error: error === undefined ? undefined : reviveError(error) };
    if (rare.own === undefined && rare.excText === undefined) record = new ReceivedRecord({ name, levelno, msg, ...parts }, sender);
    else {
      const { process, processName, thread, threadName } = sender;
      const excText = rare.excText ?? null;
      record = makeLogRecord({ process, processName, thread, threadName, ...rare.own, name, levelno, msg, ...parts, excText });
    }
  }
  const facts = record as { -readonly [K in "created" | "levelname"]: LogRecord[K] };
  facts.created = decoded.created;
  facts.levelname = decoded.levelname;
  if (delivery !== undefined) setDelivery(record, delivery);
  if (rare?.line === true) setFinished(record);
  return record;
}
