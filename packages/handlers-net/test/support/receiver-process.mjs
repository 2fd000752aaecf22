// A receiver in a process of its own: writes the number of each record to a file before it is confirmed, and prints its port.
import { appendFileSync } from "node:fs";
import { LogReceiver } from "@cordwood/handlers-net";

const [file, port] = process.argv.slice(2);
const receiver = new LogReceiver(
  { tcp: { port: Number(port) } },
  { onRecord: (record) => appendFileSync(file, `${record.getMessage().slice(7)}\n`) },
);
await receiver.start();
process.stdout.write(String(receiver.addresses().tcp.port));
