import type { FormatterLike, HandlerLike } from "@cordwood/core";
import { CALL_SITE } from "./prepare.js";

const NAMES = new RegExp(`\\b(?:${CALL_SITE.join("|")})\\b`);

/** The handlers at the far end of queues that are served in this thread. */
const servedBy = new WeakMap<object, readonly HandlerLike[]>();
const answers = new WeakMap<FormatterLike, boolean>();

/** Notes whose handlers a queue's records will reach; `undefined` when nobody takes them any more. */
export function noteHandlers(queue: unknown, handlers: readonly HandlerLike[] | undefined): void {
  if (typeof queue !== "object" || queue === null) return;
  if (handlers === undefined) servedBy.delete(queue);
  else servedBy.set(queue, handlers);
}

/** Whether a formatter at the far end of the queue is seen to use the call site. Of unknown handlers nothing is assumed. */
export function needsCallSite(queue: unknown): boolean {
  const handlers = servedBy.get(queue as object);
  return handlers?.some(usesCallSite) ?? false;
}

/** Whether a handler or its formatter says that it uses the call site. */
export function usesCallSite(handler: HandlerLike): boolean {
  if (handler.uses?.some((name) => CALL_SITE.includes(name))) return true;
  const formatter = (handler as { formatter?: FormatterLike | null }).formatter;
  if (formatter === null || formatter === undefined) return false;
  let answer = answers.get(formatter);
  if (answer === undefined) {
    const { uses, fmt } = formatter as { uses?: readonly string[]; fmt?: unknown };
    answer = Array.isArray(uses) ? uses.some((name) => CALL_SITE.includes(name)) : typeof fmt === "string" && NAMES.test(fmt);
    answers.set(formatter, answer);
  }
  return answer;
}
