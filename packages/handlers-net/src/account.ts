import type { Counters } from "@cordwood/core";

/** Where a sender settles what became of the records it holds: the handler's counters and its reports. */
export interface Account {
  readonly counters: Counters;
  /** One report a minute for each cause, with the number of records lost by it. */
  report(cause: string, message: string, error?: unknown, lost?: number): void;
}

/** Records that were queued and have now arrived. */
export const settleDelivered = (account: Account, count: number): void => {
  account.counters.queued -= count;
  account.counters.delivered += count;
};

/** Records that were queued and are now lost to a failure. */
export const settleFailed = (account: Account, reason: string, count: number): void => {
  account.counters.queued -= count;
  account.counters.fail(reason, count);
};

/** Records that were queued and are now given up on purpose. */
export const settleDropped = (account: Account, reason: string, count: number): void => {
  account.counters.queued -= count;
  account.counters.drop(reason, count);
};
