// A file for each day, and a further one when a day has much to say; rotated files are compressed, and go after a week.
import { readdirSync } from "node:fs";
import { getLogger } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { TimedRotatingFileHandler } from "@cordwood/handlers-file";

// Ten days pass in this program; a real one leaves `clock` out.
let now = Date.parse("2024-05-10T21:00:00Z");
const hours = (count: number): void => {
  now += count * 3_600_000;
};

const handler = new TimedRotatingFileHandler("app.log", {
  when: "MIDNIGHT",
  utc: true,
  maxBytes: 60,
  compress: "gzip",
  backupCount: 7,
  header: "# app",
  formatter: new Formatter("%(levelname)s %(message)s"),
  clock: () => now,
});
const logger = getLogger("app");
logger.setLevel("INFO");
logger.addHandler(handler);

for (let day = 0; day < 10; day++) {
  logger.info("day %d begins", day);
  if (day === 8) for (let order = 1; order <= 5; order++) logger.info("order %d", order);
  hours(24);
}

// Settles when the last file is compressed.
await handler.close();
for (const name of readdirSync(".").sort()) console.log(name);
