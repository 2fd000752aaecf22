// Run in a project where two versions of core are installed, each as ES module and as CommonJS: four copies in one process.
// Prints a line for each rule; everything set through one copy has to hold in every other.
import { AssertionError, strict as assert } from "node:assert";
import { createRequire } from "node:module";
import * as esm from "@cordwood/core";
import * as newerEsm from "core-next";

const require = createRequire(import.meta.url);
const copies = {
  "this version as ESM": esm,
  "this version as CommonJS": require("@cordwood/core"),
  "another version as ESM": newerEsm,
  "another version as CommonJS": require("core-next"),
};
const names = Object.keys(copies);
assert.equal(new Set(Object.values(copies).map((copy) => copy.Logger)).size, 4, "four copies are loaded");

const counts = { passed: 0, failed: 0 };
/** Asks a rule of every copy paired with every other. */
const rule = async (name, holds) => {
  try {
    for (const first of names) {
      for (const second of names) {
        if (first === second) continue;
        esm.resetLogging();
        await holds(copies[first], copies[second], `${first} → ${second}`);
      }
    }
    counts.passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL ${name}\n       ${error instanceof AssertionError ? error.message : error.stack}`);
  }
};
const collecting = (core, options) => {
  class Collecting extends core.Handler {
    lines = [];
    emit(record) {
      this.lines.push(this.format(record));
    }
  }
  return new Collecting(options);
};

await rule("getLogger gives the same logger", (a, b, pair) => {
  assert.equal(a.getLogger("app.part"), b.getLogger("app.part"), pair);
  assert.equal(a.getLogger(), b.getLogger(), pair);
});
await rule("a handler added through one copy gets each record logged through the other, once", (a, b, pair) => {
  const handler = collecting(a);
  a.getLogger().addHandler(handler);
  a.getLogger().setLevel("INFO");
  for (let index = 0; index < 100; index++) b.getLogger(`app.part${index}`).info("record %d", index, { index });
  assert.deepEqual(handler.lines.length, 100, pair);
  assert.equal(handler.lines[42], "record 42", pair);
  assert.deepEqual(handler.stats(), { accepted: 100, delivered: 100, queued: 0, dropped: {}, failed: {} }, pair);
});
await rule("a level set through one copy is seen by the next call through the other", (a, b, pair) => {
  const logger = b.getLogger("app.deep.er");
  assert.equal(logger.isEnabledFor("DEBUG"), false, pair);
  a.getLogger("app").setLevel("DEBUG");
  assert.equal(logger.isEnabledFor("DEBUG"), true, pair);
});
await rule("level names are shared", (a, b, pair) => {
  a.addLevelName(35, "NOTICE");
  assert.equal(b.getLevelName(35), "NOTICE", pair);
  assert.equal(b.checkLevel("NOTICE"), 35, pair);
});
await rule("disable is shared", (a, b, pair) => {
  a.disable("CRITICAL");
  assert.equal(b.getLogger("app").isEnabledFor("CRITICAL"), false, pair);
  b.disable(0);
  assert.equal(a.getLogger("app").isEnabledFor("CRITICAL"), true, pair);
});
await rule("the last resort is shared, and gets what no handler gets", (a, b, pair) => {
  const handler = collecting(a, { level: "WARNING" });
  a.setLastResort(handler);
  assert.equal(b.getLastResort(), handler, pair);
  b.getLogger("nobody.listens").warning("heard");
  b.getLogger("nobody.listens").info("too low");
  assert.deepEqual(handler.lines, ["heard"], pair);
});
await rule("context is shared, also after an await", (a, b, pair) =>
  a.withContext({ request: 7 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(b.getContext().request, 7, pair);
    let seen;
    b.getLogger("app").addHandler({ level: 0, handle: (record) => (seen = record.extra.request), flush() {}, close() {} });
    a.getLogger("app").error("x");
    assert.equal(seen, 7, pair);
  }),
);
await rule("a record factory set through one copy makes the other's records", (a, b, pair) => {
  const handler = collecting(b);
  b.getLogger().addHandler(handler);
  a.setLogRecordFactory((init) => new a.LogRecord(init).with({ msg: "replaced" }));
  b.getLogger("app").error("original");
  assert.deepEqual(handler.lines, ["replaced"], pair);
});
await rule("a logger class set through one copy makes the other's loggers", (a, b, pair) => {
  class Shouting extends a.getLoggerClass() {
    shout() {
      return "!";
    }
  }
  a.setLoggerClass(Shouting);
  assert.equal(b.getLogger("app.shouting").shout(), "!", pair);
});
await rule("the error reporter is shared", (a, b, pair) => {
  const reports = [];
  a.setErrorReporter((report) => reports.push(report.cause));
  b.reportError({ cause: "disk", message: "disk is full" });
  a.reportError({ cause: "disk", message: "disk is full" });
  assert.deepEqual(reports, ["disk"], pair);
});
await rule("handler names are shared", (a, b, pair) => {
  const handler = collecting(a, { name: "audit" });
  assert.equal(b.getHandlerByName("audit"), handler, pair);
});
await rule("an adapter, a filter and a view of one copy work on the other's logger", (a, b, pair) => {
  const handler = collecting(b);
  const logger = b.getLogger("app");
  logger.addHandler(handler);
  handler.addFilter(new a.Filter("app"));
  new a.LoggerAdapter(logger, { user: "alice" }).error("by an adapter");
  logger.with({ user: "bob" }).error("by a view");
  b.getLogger("other").addHandler(handler);
  b.getLogger("other").error("filtered");
  assert.deepEqual(handler.lines, ["by an adapter", "by a view"], pair);
});
await rule("shutdown through one copy closes the other's handlers", async (a, b, pair) => {
  const handler = collecting(a);
  a.getLogger().addHandler(handler);
  await b.shutdown();
  assert.equal(handler.closed, true, pair);
});

console.log(`copies: ${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
