import { checkOptions, type HandlerStats, LoggingError, type OptionNames, show } from "@cordwood/core";
import { atExit } from "./exit-hook.js";
import type { SendingEnd } from "./queue.js";
import { waitLimits } from "./wait-limits.js";
import { CAPACITY_OPTIONS, type CapacityOptions, refuseInline } from "./when-full.js";
import { RingSender } from "./worker/ring-sender.js";
import type { WorkerQueueOptions, WorkerQueueShare } from "./worker-queue.js";

type AttachOptions = CapacityOptions & Pick<WorkerQueueOptions, "hungMs">;

const OPTIONS: OptionNames<AttachOptions> = { ...CAPACITY_OPTIONS, hungMs: true };

/**
 * The sending end of a {@link WorkerQueue} in another thread, made from what `share()` gave. Give each thread a share of its own.
 */
export function attachWorkerQueue(share: WorkerQueueShare, options: CapacityOptions & Pick<WorkerQueueOptions, "hungMs"> = {}): SendingEnd {
  checkOptions("attachWorkerQueue", options, OPTIONS);
  refuseInline(share.name, options, "in the worker thread");
  const { hungMs, closeMs } = waitLimits(share.name, options);
  checkShare(share);
  const sender = new RingSender(share.name, share.memory, share.shared, { ...options, hungMs });
  const forget = atExit(() => sender.flushNow());
  const end: SendingEnd & { stats(): HandlerStats } = {
    copies: true,
    get takesLines() {
      return sender.takesLines;
    },
    put: (record, owner) => sender.put(record, owner),
    putLine: (record, formatter, owner) => sender.putLine(record, formatter, owner),
    flush: () => sender.flush(),
    stats: () => sender.stats(),
    closeSender: async () => {
      await sender.closeWithin(closeMs);
      forget();
    },
  };
  return end;
}

function checkShare(share: Partial<WorkerQueueShare> | undefined): void {
  const parts = [share?.shared, share?.memory?.control, share?.memory?.data];
  if (typeof share?.name === "string" && parts.every((part) => part instanceof SharedArrayBuffer)) return;
  throw new LoggingError("OPTION_INVALID", `attachWorkerQueue: the share is ${show(share)}; give what share() of a WorkerQueue gave`);
}
