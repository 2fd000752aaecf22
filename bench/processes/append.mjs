// One of several processes that write to one file: node append.mjs <peer> <file> <records> <first number> <record | buffered | shared>
import { HOST, MESSAGE, NAME, nextTurn } from "../workloads.mjs";

const [, , peer, file, records, first, mode] = process.argv;
const count = Number(records);

const log = (logger) => () => {
  for (let index = 0; index < count; index++) logger.info(MESSAGE, Number(first) + index, HOST);
};

const peers = {
  cordwood: async () => {
    const { getLogger } = await import("@cordwood/core");
    const { Formatter } = await import("@cordwood/formatters");
    const { FileHandler, RotatingFileHandler } = await import("@cordwood/handlers-file");
    const formatter = new Formatter("%(asctime)s %(name)s %(levelname)s %(message)s");
    const handler =
      mode === "shared"
        ? new RotatingFileHandler(file, { formatter, shared: true, maxBytes: 5 * 1_048_576, backupCount: 100 })
        : new FileHandler(file, { formatter, buffering: mode === "buffered" ? {} : "record" });
    const logger = getLogger(NAME);
    logger.setLevel("INFO");
    logger.addHandler(handler);
    return { run: log(logger), finish: () => handler.close() };
  },
  pino: async () => {
    const { default: pino } = await import("pino");
    const stream = pino.destination({ dest: file, sync: true, minLength: mode === "buffered" ? 4096 : 0 });
    const finish = () =>
      new Promise((resolve) => {
        stream.on("close", resolve);
        stream.end();
      });
    return { run: log(pino({ name: NAME, base: {} }, stream)), finish };
  },
  log4js: async () => {
    const { default: log4js } = await import("log4js");
    const layout = { type: "pattern", pattern: "%d{yyyy-MM-dd hh:mm:ss,SSS} %c %p %m" };
    const type = mode === "shared" ? "file" : "fileSync";
    const rolling = mode === "shared" ? { maxLogSize: 5 * 1_048_576, backups: 100 } : {};
    log4js.configure({
      appenders: { file: { type, filename: file, layout, ...rolling } },
      categories: { default: { appenders: ["file"], level: "info" } },
    });
    const logger = log4js.getLogger(NAME);
    const run = async () => {
      for (let index = 0; index < count; index++) {
        logger.info(MESSAGE, Number(first) + index, HOST);
        if (mode === "shared" && index % 100 === 99) await nextTurn();
      }
    };
    return { run, finish: () => new Promise((resolve) => log4js.shutdown(resolve)) };
  },
};

const { run, finish } = await peers[peer]();
process.once("message", async () => {
  const before = process.cpuUsage();
  await run();
  await finish?.();
  const cpu = process.cpuUsage(before);
  process.send({ cpuNs: (cpu.user + cpu.system) * 1_000 }, () => process.exit(0));
});
process.send("ready");
