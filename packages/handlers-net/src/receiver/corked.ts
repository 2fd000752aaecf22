import { getHandlers, reportError } from "@cordwood/core";

interface Corkable {
  cork(): void;
  uncork(): void;
}

const isCorkable = (handler: object): handler is Corkable =>
  typeof (handler as Partial<Corkable>).cork === "function" && typeof (handler as Partial<Corkable>).uncork === "function";

/**
 * Does the work while handlers that can hold their records do so, and has each write what it got at once: nothing of the work is confirmed to
 * anybody before.
 */
export const corked = (work: () => void): void => {
  const handlers = (getHandlers() as object[]).filter(isCorkable);
  for (const handler of handlers) attempt(handler, () => handler.cork());
  try {
    work();
  } finally {
    for (const handler of handlers) attempt(handler, () => handler.uncork());
  }
};

const attempt = (handler: object, step: () => void): void => {
  try {
    step();
  } catch (error) {
    reportError({ cause: "LogReceiver: cork", message: `LogReceiver: ${handler.constructor.name} could not be corked or uncorked`, error });
  }
};
