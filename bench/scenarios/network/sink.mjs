// Takes whatever comes and throws it away; tells its parent the port.
import { createServer } from "node:net";

const server = createServer((socket) => socket.on("error", () => {}).resume());
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.once("disconnect", () => process.exit(0));
