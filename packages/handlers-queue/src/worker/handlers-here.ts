import { reportError } from "@cordwood/core";
import { LogQueue } from "../log-queue.js";
import { QueueListener } from "../queue-listener.js";
import type { CapacityOptions } from "../when-full.js";
import { loadHandlers, type PlainSource } from "./handler-source.js";

/** What a worker would do, where there are none: the handlers are loaded in this thread, behind a queue of its own. */
export class HandlersHere {
  readonly queue: LogQueue;
  /** Settles when the handlers are loaded; rejects with what is wrong with them. */
  readonly loaded: Promise<void>;
  private listener: QueueListener | undefined;

  constructor(name: string, source: PlainSource, capacity: CapacityOptions, respectHandlerLevel: boolean) {
    this.queue = new LogQueue({ ...capacity, name });
    this.loaded = loadHandlers(source, undefined).then((handlers) => {
      this.listener = new QueueListener(this.queue, handlers, { respectHandlerLevel }).start();
    });
    this.loaded.catch((error: unknown) => {
      const message = `${name} could not load its handlers`;
      reportError({ cause: message, message, error, lost: 0 });
    });
  }

  /** Handles what waits, and closes the handlers. */
  async close(): Promise<void> {
    await this.listener?.stop();
    this.queue.close();
    for (const handler of this.listener?.handlers ?? []) await handler.close();
  }
}
