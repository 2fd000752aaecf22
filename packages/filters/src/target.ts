import { type HandlerLike, LoggingError, type LogRecord, show } from "@cordwood/core";

const CALL_SITE = ["pathname", "filename", "module", "lineno", "funcName"];
const NAMES = new RegExp(`\\b(?:${CALL_SITE.join("|")})\\b`);

/** @throws LoggingError for what is no handler. */
export function checkTarget(owner: string, target: HandlerLike): HandlerLike {
  if (typeof target?.handle !== "function" || typeof target.flush !== "function" || typeof target.close !== "function")
    throw new LoggingError("TARGET_INVALID", `${owner}: target is ${show(target)}; give the handler that is to write the records`);
  return target;
}

/** Gives a record to a handler as a logger does: what is below its level is not offered. */
export function offer(target: HandlerLike, record: LogRecord): boolean {
  if (record.levelno < target.level) return false;
  target.handle(record);
  return true;
}

/** Attributes of the call site, when a handler or its formatter says that it reads them: a record that is kept has to find them first. */
export function callSiteOf(target: HandlerLike): readonly string[] {
  const { formatter } = target as { formatter?: { readonly uses?: unknown; readonly fmt?: unknown } | null };
  const said = [...(target.uses ?? []), ...(Array.isArray(formatter?.uses) ? (formatter.uses as unknown[]) : [])];
  const asked =
    said.some((name) => CALL_SITE.includes(name as string)) || (typeof formatter?.fmt === "string" && NAMES.test(formatter.fmt));
  return asked ? CALL_SITE : [];
}
