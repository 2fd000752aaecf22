// The sending end: one handler on the root logger sends everything; nothing is printed here.
import { getLogger, shutdown } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

const root = getLogger();
root.setLevel("DEBUG");
root.addHandler(new SocketHandler("127.0.0.1", Number(process.argv[2])));

root.info("Jackdaws love my big sphinx of quartz.");

const logger1 = getLogger("myapp.area1");
const logger2 = getLogger("myapp.area2");
logger1.debug("Quick zephyrs blow, vexing daft Jim.");
logger1.info("How quickly daft jumping zebras vex.");
logger2.warning("Jail zesty vixen who grabbed pay from quack.");
logger2.error("The five boxing wizards jump quickly.");

await shutdown();
