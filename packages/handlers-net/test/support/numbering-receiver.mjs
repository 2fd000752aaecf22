// A receiver in a process of its own over TCP and HTTP: each record's number is in the file before anything is confirmed. Prints its ports.
import { openSync, writeSync } from "node:fs";
import { LogReceiver } from "@cordwood/handlers-net";

const file = openSync(process.argv[2], "a");
const host = process.argv[3] ?? "127.0.0.1";
const port = Number(process.argv[4] ?? 0);
const onRecord = (record) => void writeSync(file, `${/record (\d+)/.exec(record.getMessage())[1]}\n`);
const receiver = new LogReceiver({ tcp: { host, port }, http: { host, port: 0, allowedHosts: ["127.0.0.1", host] } }, { onRecord });
await receiver.start();
const { tcp, http } = receiver.addresses();
process.stdout.write(`${JSON.stringify({ tcp: tcp.port, http: http.port })}\n`);
