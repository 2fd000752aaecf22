import { getLogger, type LogRecord, resetLogging } from "@cordwood/core";
import { DatagramHandler, LogReceiver, SocketHandler } from "@cordwood/handlers-net";
import { missingService } from "@cordwood/test-kit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { PythonReceiver, runPython } from "./support/python.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const noPython = await missingService("python3");

/** Logs with CPython's own handler, and prints what each record's attributes were. */
const SENDER = `
import json, logging, logging.handlers, socket, sys
kind, port = sys.argv[1], int(sys.argv[2])
handler = {
    "socket": lambda: logging.handlers.SocketHandler("127.0.0.1", port),
    "datagram": lambda: logging.handlers.DatagramHandler("127.0.0.1", port),
    "GET": lambda: logging.handlers.HTTPHandler("127.0.0.1:%d" % port, "/log?from=python", "GET"),
    "POST": lambda: logging.handlers.HTTPHandler("127.0.0.1:%d" % port, "/log", "POST", credentials=("user", "secret")),
    "syslog": lambda: logging.handlers.SysLogHandler(("127.0.0.1", port), facility="local3"),
    "syslog over TCP": lambda: logging.handlers.SysLogHandler(("127.0.0.1", port), facility="local3", socktype=socket.SOCK_STREAM),
}[kind]()
logger = logging.getLogger("app.db")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
seen = []
def note(record):
    attributes = dict(record.__dict__, message=record.getMessage())
    attributes.pop("exc_info", None)
    seen.append(attributes)
    return True
handler.addFilter(note)
logger.debug("plain")
logger.info("hello %s, %d of %d", "w\\u00f6rld \\U0001f600", 1, 2)
logger.warning("it's %(what)s", {"what": "named"})
logger.error("with fields", extra={"user": "j\\u00f6rg", "nested": {"a": [1, 2.5, None, True]}, "__proto__": "own"})
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("failed")
handler.close()
print(json.dumps(seen))
`;

const SAME = [
  "name",
  "levelname",
  "levelno",
  "pathname",
  "filename",
  "module",
  "lineno",
  "funcName",
  "created",
  "msecs",
  "relativeCreated",
  "thread",
  "threadName",
  "processName",
  "process",
  "taskName",
] as const;

describe("CPython's handlers and our receiver", () => {
  for (const kind of ["socket", "datagram", "GET", "POST", "syslog", "syslog over TCP"]) {
    test.skipIf(noPython)(`every attribute of what CPython's ${kind} handler sends is in the record`, async () => {
      const records: LogRecord[] = [];
      const listen =
        kind === "socket" || kind === "syslog over TCP"
          ? { tcp: { port: 0 } }
          : kind === "datagram" || kind === "syslog"
            ? { udp: { port: 0 } }
            : { http: { port: 0, ...(kind === "POST" ? { authorization: `Basic ${btoa("user:secret")}` } : {}) } };
      const receiver = await new LogReceiver(listen, { onRecord: (record) => void records.push(record) }).start();
      const { tcp, udp, http } = receiver.addresses();
      const seen = JSON.parse(await runPython(SENDER, kind, String((tcp ?? udp ?? http)!.port))) as Record<string, unknown>[];
      await until("all records", () => records.length === seen.length);
      await receiver.close();
      expect(receiver.stats()).toMatchObject({ received: 5, refused: {}, failed: {} });
      seen.forEach((sent, index) => {
        const record = records[index]!;
        if (kind.startsWith("syslog")) {
          // A priority and a text are all that syslog carries.
          expect([record.levelno, record.getMessage().split("\n")[0], record.extra["facility"]]).toEqual([
            sent["levelno"],
            sent["message"],
            19,
          ]);
          return;
        }
        // Tasks have names since Python 3.12.
        for (const name of SAME) expect([name, record[name]]).toEqual([name, sent[name] ?? null]);
        expect(record.getMessage()).toBe(sent["message"]);
        expect(record.extra["origin"]).toMatchObject({ address: "127.0.0.1", hops: 1 });
      });
      if (kind.startsWith("syslog")) return;
      const fields = records[3]!.extra;
      expect(fields["user"]).toBe("jörg");
      expect(Object.getOwnPropertyDescriptor(fields, "__proto__")?.value).toBe("own");
      expect(Object.getPrototypeOf(fields)).toBe(null);
      expect(JSON.stringify(fields["nested"])).toBe(
        kind === "socket" || kind === "datagram" ? '{"a":[1,2.5,null,true]}' : `"{'a': [1, 2.5, None, True]}"`,
      );
      if (kind === "socket" || kind === "datagram") expect(records[4]!.excText).toContain("ZeroDivisionError: division by zero");
    });
  }
});

describe("our handlers and a receiver in Python", () => {
  afterEach(() => resetLogging());

  for (const transport of ["tcp", "udp"] as const) {
    test.skipIf(noPython)(`a receiver built on Python's standard library reads every attribute (${transport})`, async () => {
      const receiver = new PythonReceiver(transport);
      try {
        await until("the receiver in Python", () => receiver.port > 0);
        const handler =
          transport === "tcp"
            ? new SocketHandler("127.0.0.1", receiver.port, { codec: "pickle" })
            : new DatagramHandler("127.0.0.1", receiver.port, { codec: "pickle" });
        const seen: Record<string, unknown>[] = [];
        handler.addFilter((record) => {
          seen.push({ ...record.toJSON(), message: record.getMessage() });
          return true;
        });
        const logger = getLogger("app.net");
        logger.setLevel("DEBUG");
        logger.propagate = false;
        logger.addHandler(handler);
        logger.debug("plain 100%");
        logger.info("hello %s, %d of %d", "wörld 😀", 1, 2 ** 40);
        logger.error("failed", new Error("boom"), { user: "jörg", nested: { a: [1, 2.5, null, true, -5, 1e100] }, big: 2n ** 70n });
        await handler.flush();
        await until("all records", () => receiver.lines.length === 3);
        receiver.records.forEach((record, index) => {
          const sent = seen[index]!;
          for (const name of [...SAME, "message", "exc_text", "user", "nested"]) expect([name, record[name]]).toEqual([name, sent[name]]);
          expect([record["msg"], record["args"], record["exc_info"]]).toEqual([sent["message"], null, null]);
        });
        expect(String(receiver.records[2]!["exc_text"])).toMatch(/^Error: boom\n {4}at /);
        await handler.close();
        expect(handler.stats()).toEqual({ accepted: 3, delivered: 3, queued: 0, dropped: {}, failed: {} });
      } finally {
        receiver.stop();
      }
    });
  }
});
