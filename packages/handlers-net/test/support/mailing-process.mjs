// Logs two records to a digest and comes to its end without waiting for anything.
import { makeLogRecord } from "@cordwood/core";
import { SmtpHandler } from "@cordwood/handlers-net";

const handler = new SmtpHandler(["127.0.0.1", Number(process.argv[2])], "app@example.com", "ops@example.com", "Alert", { digest: true });
for (const msg of ["one", "two"]) handler.handle(makeLogRecord({ name: "app", levelno: 40, levelname: "ERROR", msg }));
