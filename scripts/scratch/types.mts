// Compiled with the strictest settings against the packages' types as an ES module.
import { basicConfig } from "@cordwood/config";
import { getLogger, Handler, type HandlerLike, type HandlerStats, LoggerAdapter, type LogRecord, shutdown } from "@cordwood/core";
import { captureLogs } from "@cordwood/core/testing";
import { Formatter } from "@cordwood/formatters";

class Counting extends Handler {
  seen = 0;
  protected override emit(_record: LogRecord): void {
    this.seen++;
  }
}
const counting = new Counting({ level: "INFO" });
const asContract: HandlerLike = counting;
basicConfig({ level: "DEBUG", format: "%(levelname)s %(message)s", stream: process.stdout });
getLogger("typed").addHandler(asContract);
const message: string = new Formatter("%(message)s").format({ getMessage: () => "x" } as LogRecord);
new LoggerAdapter(getLogger("typed"), { user: "alice" }).info("typed as an ES module: %s", typeof message);
const stats: HandlerStats | undefined = asContract.stats?.();
console.log(counting.seen, stats?.delivered, typeof captureLogs);
await shutdown();
