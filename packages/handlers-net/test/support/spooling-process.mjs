// Logs numbered records through a spool as fast as it can, and says after each call that it has returned: one byte a record.
import { writeSync } from "node:fs";
import { makeLogRecord } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

const [port, directory, from] = process.argv.slice(2);
const handler = new SocketHandler("127.0.0.1", Number(port), { spool: { directory } });
let number = Number(from);
const round = () => {
  for (let i = 0; i < 50; i++) {
    handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${number++}` }));
    writeSync(1, ".");
  }
  setTimeout(round, 1);
};
round();
