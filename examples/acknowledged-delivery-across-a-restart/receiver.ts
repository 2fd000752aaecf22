// A receiver that writes each record to a file before it is confirmed. A handler that writes at once, as FileHandler does, would do.
import { appendFileSync } from "node:fs";
import { LogReceiver } from "@cordwood/handlers-net";

const receiver = new LogReceiver(
  { tcp: { port: Number(process.argv[2]) } },
  { onRecord: (record) => appendFileSync("received.txt", `${record.getMessage().slice("order ".length)}\n`) },
);
await receiver.start();
process.send?.(receiver.addresses().tcp?.port);
process.once("disconnect", () => void receiver.close());
