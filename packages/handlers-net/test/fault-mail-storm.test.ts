import { makeLogRecord, setErrorReporter } from "@cordwood/core";
import { SmtpHandler } from "@cordwood/handlers-net";
import { scaled } from "@cordwood/test-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MailServer } from "./support/mail-server.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let server: MailServer;
beforeEach(async () => {
  setErrorReporter(() => {});
  server = new MailServer({});
  await server.start();
});
afterEach(async () => {
  await server.close();
  setErrorReporter(null);
});

test("a storm of errors is two mails, and what is left out of them is counted", async () => {
  const count = scaled(1_000_000);
  const handler = new SmtpHandler(["127.0.0.1", server.port], "app@example.com", "ops@example.com", "Alert", {
    digest: { maxRecords: 50, minIntervalMs: 60_000 },
  });
  const begun = performance.now();
  for (let i = 0; i < count; i++) handler.handle(makeLogRecord({ name: "app", levelno: 40, levelname: "ERROR", msg: `error ${i}` }));
  const perCallUs = ((performance.now() - begun) * 1_000) / count;
  await until("the first mail", () => server.mails.length === 1);
  await handler.close();
  const { accepted, delivered, queued, dropped, failed } = handler.stats();
  console.log(
    `records in a storm: ${accepted}, ${perCallUs.toFixed(1)} µs each; mails: ${server.mails.length}; mailed: ${delivered}; suppressed and counted: ${dropped["suppressed"]}`,
  );
  expect(server.mails.length).toBe(2);
  expect([accepted, queued, failed]).toEqual([count, 0, {}]);
  expect([delivered, dropped]).toEqual([100, { suppressed: count - 100 }]);
  expect(server.mails[1]!.body).toMatch(new RegExp(`error 99\n\n${count - 100} more records were left out of this mail\\.\n$`));
  expect(server.mails[1]!.subject).toBe(`Alert (${count - 50} records)`);
});
