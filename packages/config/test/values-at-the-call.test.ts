import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { getLogger, Handler, type HandlerLike, type LogRecord, resetLogging, withContext } from "@cordwood/core";
import { FingersCrossedHandler, RepeatHandler } from "@cordwood/filters";
import { JsonFormatter } from "@cordwood/formatters";
import { SocketHandler } from "@cordwood/handlers-net";
import { LogQueue, MemoryHandler, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { afterEach, test } from "vitest";

afterEach(() => resetLogging());

class Line extends Handler {
  text = "";
  readonly #json = new JsonFormatter();
  protected override emit(record: LogRecord): void {
    this.text += `${this.#json.format(record)}\n`;
  }
}

const LATER = "later";
/** What shows that something was read too late: the text, the year of the date, the bytes. No time of day and no process has them in it. */
const TOO_LATE = /later|5107-|57,57,119/;

/** Everything that can be changed behind the back of a handler that keeps records, and what changes it. */
function changeable(): {
  readonly fields: Record<string, unknown>;
  readonly error: Error;
  readonly bound: object;
  readonly context: object;
  change(): void;
} {
  class Own {
    value = "now";
  }
  const own = new Own();
  const [list, deep, map, set, url, date] = [
    ["now"],
    { x: { y: "now" } },
    new Map([["k", "now"]]),
    new Set(["now"]),
    new URL("http://h/now"),
    new Date(0),
  ];
  const bytes = Buffer.from("now");
  const fields: Record<string, unknown> = { list, deep, map, set, url, date, bytes, own };
  const error = Object.assign(new Error("now", { cause: { why: "now" } }), { detail: { z: "now" } });
  const bound = { bound: { b: "now" } };
  const context = { context: { c: "now" } };
  return {
    ...{ fields, error, bound, context },
    change() {
      list[0] = LATER;
      list.push(LATER);
      deep.x.y = LATER;
      map.set("k", LATER).set(LATER, LATER);
      set.add(LATER);
      url.pathname = `/${LATER}`;
      date.setTime(99e12); // the year 5107
      bytes.write("99");
      own.value = LATER;
      fields["more"] = LATER;
      error.message = LATER;
      error.detail.z = LATER;
      (error.cause as { why: string }).why = LATER;
      bound.bound.b = LATER;
      context.context.c = LATER;
    },
  };
}

test("what is changed after the call changes nothing that a handler has kept", async () => {
  const tcp = createServer().listen(0, "127.0.0.1");
  await once(tcp, "listening");
  let sent = "";
  tcp.on("connection", (socket) => socket.on("data", (data) => (sent += data.toString("latin1"))));
  const lines = { memory: new Line(), queue: new Line(), held: new Line(), repeated: new Line() };
  const queue = new LogQueue();
  const listener = new QueueListener(queue, [lines.queue]);
  const handlers: HandlerLike[] = [
    new MemoryHandler(100, { target: lines.memory }),
    new QueueHandler(queue),
    new FingersCrossedHandler(lines.held),
    new RepeatHandler(lines.repeated),
    new SocketHandler("127.0.0.1", (tcp.address() as AddressInfo).port),
  ];
  const root = getLogger();
  root.setLevel("DEBUG");
  for (const handler of handlers) root.addHandler(handler);

  const { fields, error, bound, context, change } = changeable();
  withContext(context, () => getLogger("app").with(bound).info("%s %j and more", fields, fields, error, fields));
  change();
  getLogger("app").error("this has what was held written");
  listener.start();
  for (const handler of handlers) await handler.flush();
  for (let i = 0; i < 500 && sent === ""; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  await listener.stop();
  for (const handler of handlers) await handler.close();
  tcp.close();

  for (const [name, text] of Object.entries({
    ...Object.fromEntries(Object.entries(lines).map(([key, { text: all }]) => [key, all])),
    sent,
  })) {
    if (TOO_LATE.test(text) || !text.includes("now")) throw new Error(`${name}: ${text}`);
  }
});
