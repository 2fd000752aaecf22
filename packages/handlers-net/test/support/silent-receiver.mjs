// Takes whatever is sent to it, plain or over TLS, and says nothing. Prints its ports.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";

const [host, key, cert] = process.argv.slice(2);
const take = (socket) => socket.on("error", () => {}).resume();
const servers = [createServer(take), createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, take)];
for (const server of servers) await new Promise((resolve) => server.listen(0, host, resolve));
const [tcp, tls] = servers.map((server) => server.address().port);
process.stdout.write(`${JSON.stringify({ tcp, tls })}\n`);
