// The receiving end: every record that arrives over TCP goes to the local logger of its name, and from there to this program's handlers.
import { fork } from "node:child_process";
import { once } from "node:events";
import { getLogger, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { LogReceiver } from "@cordwood/handlers-net";

getLogger().addHandler(new StreamHandler(process.stdout, { formatter: new Formatter("%(name)-15s %(levelname)-8s %(message)s") }));

console.log("About to start TCP server...");
const receiver = new LogReceiver({ tcp: { port: 0 } }); // Left out, the port is 9020, as in Python.
await receiver.start();

const client = fork(new URL("./client.js", import.meta.url), [String(receiver.addresses().tcp?.port)]);
await once(client, "exit");
await receiver.close();
