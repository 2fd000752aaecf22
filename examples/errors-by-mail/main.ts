// Errors by mail, a digest per minute: one mail for many records, and a storm of errors is one mail that says how many it left out.
import type { AddressInfo } from "node:net";
import { getLogger, type LogRecord, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { SmtpHandler } from "@cordwood/handlers-net";
import { SMTPServer } from "smtp-server";

// A mail server, so that this program needs none; it prints what it receives.
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onData(stream, _session, done) {
    let mail = "";
    stream.on("data", (part: Buffer) => (mail += part.toString()));
    stream.on("end", () => {
      const [head = "", body = ""] = mail.split(/\r\n\r\n([\s\S]*)/);
      console.log(
        head
          .split("\r\n")
          .filter((line) => /^(From|To|Subject):/.test(line))
          .join("\n"),
      );
      console.log(`\n${body.replaceAll("\r\n", "\n").trimEnd()}\n`);
      done();
    });
  },
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.server.address() as AddressInfo;

/** The worst record of a digest gives its subject. */
class ErrorsByMail extends SmtpHandler {
  override getSubject(record: LogRecord): string {
    return `${record.levelname} in ${record.name}`;
  }
}

const mail = new ErrorsByMail(["127.0.0.1", port], "app@example.com", ["ops@example.com"], "Errors", {
  level: "ERROR",
  formatter: new Formatter("%(levelname)s %(name)s: %(message)s"),
  // A mail leaves a minute after its first record, or with its fifth one, but never two within a minute.
  digest: { maxRecords: 5, maxDelayMs: 60_000, minIntervalMs: 60_000 },
});
const root = getLogger();
root.setLevel("DEBUG");
root.addHandler(mail);

getLogger("shop.orders").info("no mail for this");
getLogger("shop.orders").error("order 7 has no address");
getLogger("shop.payment").critical("the bank does not answer");
for (let i = 0; i < 2_000; i++) getLogger("shop.stock").error("shelf %d is empty", i);

await shutdown(); // Sends what a minute would have sent.
const { accepted, delivered, dropped } = mail.stats();
console.log(`${accepted} errors, ${delivered} mailed, ${dropped["suppressed"]} left out and counted`);
server.close(() => {});
