// Logs a hundred records and comes to its end without waiting for anything.
import { makeLogRecord } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

const handler = new SocketHandler("127.0.0.1", Number(process.argv[2]));
for (let i = 0; i < 100; i++) handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` }));
