// A receiver in a process of its own: writes each record to a file before it is confirmed, by `onRecord` or by a logger's handler, and prints its port.
import { appendFileSync } from "node:fs";
import { getLogger } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import { LogReceiver } from "@cordwood/handlers-net";

const [file, port, how] = process.argv.slice(2);
if (how === "loggers") getLogger().addHandler(new FileHandler(file));
const onRecord = (record) => appendFileSync(file, `${record.getMessage()}\n`);
const receiver = new LogReceiver({ tcp: { port: Number(port) } }, how === "loggers" ? {} : { onRecord });
await receiver.start();
process.stdout.write(String(receiver.addresses().tcp.port));
