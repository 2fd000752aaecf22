import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { expect, test } from "vitest";

const DIST = new URL("../dist/index.js", import.meta.url).href;
const CORE = new URL("../../core/dist/index.js", import.meta.url).href;

/** Runs a program that calls `look()` twice, before and after 20,000 waits, and tells by how many bytes for each wait memory has grown. */
const bytesPerWait = async (program: string): Promise<number> => {
  using folder = temporaryFolder();
  const file = join(folder.path, "main.mjs");
  writeFileSync(
    file,
    `import v8 from "node:v8";
     import vm from "node:vm";
     v8.setFlagsFromString("--expose-gc");
     const gc = vm.runInNewContext("gc");
     import { makeLogRecord } from ${JSON.stringify(CORE)};
     import { LogQueue, mergeByTime, QueueHandler, QueueListener } from ${JSON.stringify(DIST)};
     const turn = () => new Promise(setImmediate);
     const seen = [];
     const look = async () => { for (let i = 0; i < 5; i++) { gc(); await turn(); } seen.push(process.memoryUsage().heapUsed); };
     ${program}
     console.log((seen[1] - seen[0]) / 20000);
     process.exit(0);`,
  );
  const { stdout, stderr } = await runNode(file);
  expect(stderr).toBe("");
  return Number(stdout);
};

test("a listener that has waited often remembers none of it", async () => {
  const grown = await bytesPerWait(`
    const queue = new LogQueue();
    const handler = new QueueHandler(queue);
    let handled = 0;
    let all = 0;
    new QueueListener(queue, { level: 0, handle() { handled++; }, flush() {}, close() {} }).start();
    const log = async (count) => {
      for (let i = 0; i < count; i++) { handler.handle(makeLogRecord({ msg: "x" })); await turn(); }
      all += count;
      while (handled < all) await turn();
    };
    await log(1000);
    await look();
    await log(20000);
    await look();`);
  expect(grown).toBeLessThan(50);
});

test("merging beside a source that stays silent remembers none of the waits", async () => {
  const grown = await bytesPerWait(`
    const silent = { async *[Symbol.asyncIterator]() { await new Promise(() => {}); } };
    const busy = { async *[Symbol.asyncIterator]() { for (let i = 0; ; i++) { await turn(); yield { created: i }; } } };
    let count = 0;
    for await (const _ of mergeByTime([silent, busy], { maxWaitMs: 0 })) {
      if (++count === 1000) await look();
      if (count === 21000) { await look(); break; }
    }`);
  expect(grown).toBeLessThan(50);
});
