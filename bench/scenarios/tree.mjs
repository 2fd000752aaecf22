const LOGGERS = 10_000;
let debug = false;
/** 10,000 names in all: 100 modules, 99 parts in each. */
const names = () =>
  Array.from({ length: LOGGERS }, (_, index) => {
    const part = index % 100;
    return part === 0 ? `module${index / 100}` : `module${Math.floor(index / 100)}.part${part}`;
  });
const usedBytes = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

/** CPU time, because a moment this short says more about the machine's other work than about its own. */
const cpuMs = (work) => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/** Heap that the loggers keep, and how long a level set at the root takes when they all inherit it. */
const measure = async (create, setRootLevel, enabled) => {
  const all = names();
  create("warm.up");
  const before = usedBytes();
  const kept = all.map(create);
  const megabytes = (usedBytes() - before) / 1e6;
  const firstRootLevelMs = cpuMs(setRootLevel);
  let count = 0;
  const askAllMs = cpuMs(() => {
    count = kept.filter(enabled).length;
  });
  const later = Array.from({ length: 21 }, () => cpuMs(setRootLevel)).sort((a, b) => a - b);
  if (count !== LOGGERS) throw new Error(`${count} of ${LOGGERS} loggers saw the new level`);
  return { figures: { megabytes, firstRootLevelMs, laterRootLevelMs: later[10], askAllMs } };
};

export default {
  name: "loggers-10k",
  order: 20,
  title: "10,000 loggers: heap they keep, time to set a level at the root, time for all to see it",
  count: 1,
  figuresOnly: true,
  execArgv: ["--expose-gc"],
  cells: {
    cordwood: async () => {
      const { getLogger } = await import("@cordwood/core");
      return {
        run: () =>
          measure(
            getLogger,
            () => getLogger().setLevel((debug = !debug) ? "DEBUG" : "INFO"),
            (logger) => logger.isEnabledFor("DEBUG"),
          ),
      };
    },
    logtape: async () => {
      const { configureSync, getLogger } = await import("@logtape/logtape");
      const configured = (lowestLevel) => ({
        reset: true,
        sinks: { none: () => {} },
        loggers: [{ category: [], sinks: ["none"], lowestLevel }],
      });
      configureSync(configured("info"));
      return {
        run: () =>
          measure(
            (name) => getLogger(name.split(".")),
            () => configureSync(configured("debug")),
            (logger) => logger.isEnabledFor("debug"),
          ),
      };
    },
    log4js: async () => {
      const { default: log4js } = await import("log4js");
      const configured = (level) => ({ appenders: { none: { type: "stderr" } }, categories: { default: { appenders: ["none"], level } } });
      log4js.configure(configured("info"));
      return {
        run: () =>
          measure(
            (name) => log4js.getLogger(name),
            () => log4js.configure(configured("debug")),
            (logger) => logger.isLevelEnabled("debug"),
          ),
      };
    },
  },
  bars: [
    { of: null, measure: "megabytes", atMost: 5 },
    { of: null, measure: "firstRootLevelMs", atMost: 1 },
  ],
};
