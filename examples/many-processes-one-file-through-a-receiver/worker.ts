// One of the processes: logs as usual, through a handler that sends.
import { getLogger, setProcessName, shutdown } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

const [path = "", number = ""] = process.argv.slice(2);
setProcessName(`Worker-${number}`);

const root = getLogger();
root.setLevel("DEBUG");
root.addHandler(new SocketHandler(path));

const logger = getLogger(`jobs.${number}`);
for (let job = 0; job < 250; job++) logger.info("done with job %d", job);

await shutdown();
