// Python to Node and Node to Python: Python's own SocketHandler sends to our receiver, and ours to a receiver written in Python.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { getLogger, StreamHandler, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { LogReceiver, SocketHandler } from "@cordwood/handlers-net";

const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

// Python to Node. What arrives is a pickle of plain data; one that could name or call anything would be refused.
console.log("Python to Node:");
const format = new Formatter("%(name)s %(levelname)s %(message)s (%(filename)s, user %(user)s)", { defaults: { user: "-" } });
const onScreen = new StreamHandler(process.stdout, { formatter: format });
getLogger("python").addHandler(onScreen);
const receiver = await new LogReceiver({ tcp: { port: 0 } }, { prefix: "python" }).start();
const sender = spawn("python3", [script("sender.py"), String(receiver.addresses().tcp?.port)], { stdio: "inherit" });
await once(sender, "exit");
await receiver.close();

// Node to Python.
console.log("Node to Python:");
const python = spawn("python3", [script("receiver.py")], { stdio: ["ignore", "pipe", "inherit"] });
const lines = createInterface({ input: python.stdout });
const [port] = (await once(lines, "line")) as [string];
lines.on("line", (line) => console.log(line));
const logger = getLogger("shop.orders");
logger.setLevel("DEBUG");
logger.addHandler(new SocketHandler("127.0.0.1", Number(port), { codec: "pickle" }));
logger.info("order %d of %s", 7, "Jörg", { user: "jörg" });
logger.error("payment failed", { user: "ann", attempts: [1, 2.5, null] });
await shutdown();
await once(python, "exit");
