import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getHandlers, getLogger, Handler, type HandlerLike, makeLogRecord, shutdown, shutdownOn } from "@cordwood/core";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines, reports } from "./support.js";

beforeEach(fresh);

/** Notes when it is flushed and closed. */
class Noting extends Handler {
  readonly label: string;
  readonly order: string[];

  constructor(label: string, order: string[]) {
    super();
    this.label = label;
    this.order = order;
  }

  protected override emit(): void {}

  override flush(): void {
    this.order.push(`flush ${this.label}`);
  }

  override close(): void {
    if (this.closed) return;
    this.order.push(`close ${this.label}`);
    super.close();
  }
}

describe("shutdown", () => {
  test("flushes, then closes every open handler, newest first", async () => {
    const order: string[] = [];
    for (const label of ["one", "two", "three"]) new Noting(label, order);
    await shutdown();
    expect(order).toEqual(["flush three", "close three", "flush two", "close two", "flush one", "close one"]);
    await shutdown();
    expect([order.length, getHandlers()]).toEqual([6, []]);
  });

  test("waits for what takes its time, and goes on after what fails", async () => {
    const order: string[] = [];
    new Noting("first", order);
    class Slow extends Noting {
      override async flush(): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 5));
        super.flush();
      }
    }
    new Slow("slow", order);
    class Failing extends Noting {
      override flush(): void {
        super.flush();
        throw new Error("flush");
      }
      override close(): void {
        super.close();
        throw new Error("close");
      }
    }
    new Failing("failing", order);
    await shutdown();
    expect(order).toEqual(["flush failing", "close failing", "flush slow", "close slow", "flush first", "close first"]);
    expect(reports.map((report) => (report.error as Error).message)).toEqual(["flush", "close"]);
  });

  test("minds plain objects that were added to a logger, and leaves closed ones alone", async () => {
    const order: string[] = [];
    const plain: HandlerLike = { level: 0, handle() {}, flush: () => void order.push("flush"), close: () => void order.push("close") };
    getLogger("app").addHandler(plain);
    new Noting("closed", []).close();
    await shutdown();
    expect(order).toEqual(["flush", "close"]);
  });

  test("does not flush a handler that asks for it, but closes it", async () => {
    const order: string[] = [];
    Object.assign(new Noting("memory", order), { flushOnClose: false });
    await shutdown();
    expect(order).toEqual(["close memory"]);
  });

  test("leaves the loggers as they are: later records count as dropped", async () => {
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    await shutdown();
    getLogger("app").error("late");
    handler.handle(makeLogRecord({ msg: "late" }));
    expect(handler.stats()).toMatchObject({ accepted: 2, dropped: { closed: 2 } });
  });

  test("listens to no signal unless asked, and only until it is told to stop", () => {
    const count = (): number => process.listenerCount("SIGUSR2");
    const before = count();
    const stop = shutdownOn(["SIGUSR2"]);
    expect(count()).toBe(before + 1);
    stop();
    expect(count()).toBe(before);
  });
});

describe("the end of a process", () => {
  const folder = temporaryFolder();
  const index = fileURLToPath(import.meta.resolve("@cordwood/core"));
  const script = join(folder.path, "main.mjs");

  beforeAll(() =>
    writeFileSync(
      script,
      `import { getLogger, Handler, shutdownOn } from ${JSON.stringify(index)};
      import { writeSync } from "node:fs";
      class Buffered extends Handler {
        held = [];
        constructor(label) { super(); this.label = label; }
        emit(record) { this.held.push(this.format(record)); return "queued"; }
        flush() { for (const text of this.held.splice(0)) writeSync(1, this.label + " " + text + "\\n"); }
        close() { if (this.closed) return; this.flush(); super.close(); writeSync(1, this.label + " closed\\n"); }
      }
      const handlers = [new Buffered("old"), new Buffered("new")];
      for (const handler of handlers) getLogger().addHandler(handler);
      const logger = getLogger("app");
      logger.error("held");
      const how = process.argv[2];
      const listeners = () => process.eventNames().filter((name) => String(name).startsWith("SIG")).length;
      if (how === "exit") process.exit(3);
      else if (how === "throw") throw new Error("uncaught");
      else if (how === "reject") Promise.reject(new Error("unhandled"));
      else if (how === "listeners") writeSync(1, "signals " + listeners() + "\\n");
      else if (how === "keep") { handlers[1].flushOnClose = false; }
      else if (how === "failing") { handlers[1].flush = () => { throw new Error("flush failed"); }; }
      else if (how === "late") process.on("exit", () => logger.error("in exit"));
      else if (how === "signal" || how === "stuck") {
        if (how === "stuck") { handlers[0].flush = () => new Promise(() => {}); }
        shutdownOn(["SIGTERM"], { timeoutMs: 100 });
        setInterval(() => {}, 1000);
        process.kill(process.pid, "SIGTERM");
      }`,
    ),
  );
  afterAll(() => folder.remove());

  const run = (how: string) => runNode(script, { args: [how], timeoutMs: 20_000 });
  const flushed = "new held\nold held\n";

  test.each<[string, number]>([
    ["its own end", 0],
    ["exit", 3],
    ["throw", 1],
    ["reject", 1],
  ])("by %s flushes every handler, newest first, without anyone asking", async (how, code) => {
    const result = await run(how);
    expect([result.code, result.stdout]).toEqual([code, flushed]);
  });

  test("finds no signal handler of core", async () => {
    expect((await run("listeners")).stdout).toBe(`signals 0\n${flushed}`);
  });

  test("leaves out a handler that asks for it", async () => {
    expect((await run("keep")).stdout).toBe("old held\n");
  });

  test("reports a flush that fails and goes on with the next", async () => {
    const { code, stdout, stderr } = await run("failing");
    expect([code, stdout]).toEqual([0, "old held\n"]);
    expect(stderr).toContain("flush failed");
  });

  test("by a signal asked for shuts down and raises the signal again", async () => {
    const result = await run("signal");
    expect([result.code, result.signal, result.stdout]).toEqual([null, "SIGTERM", "new held\nnew closed\nold held\nold closed\n"]);
  });

  test("by a signal waits no longer than it was told to", async () => {
    const result = await run("stuck");
    expect([result.code, result.signal, result.stdout]).toEqual([null, "SIGTERM", "new held\nnew closed\n"]);
  });
});
