// A filter may hand on another record in place of the one it was asked about: the same with more fields.
import { basicConfig } from "@cordwood/config";
import { CRITICAL, DEBUG, ERROR, Filter, getLevelName, getLogger, INFO, type LogRecord, WARNING } from "@cordwood/core";
import { choice } from "./choice.js";

/** A real one would take these from the request being served. */
class ContextFilter extends Filter {
  override filter(record: LogRecord): LogRecord {
    return record.with({
      ip: choice(["123.231.231.123", "127.0.0.1", "192.168.0.1"]),
      user: choice(["jim", "fred", "sheila"]),
    });
  }
}

basicConfig({
  level: "DEBUG",
  format: "%(asctime)-15s %(name)-5s %(levelname)-8s IP: %(ip)-15s User: %(user)-8s %(message)s",
});

const a1 = getLogger("a.b.c");
const a2 = getLogger("d.e.f");
const filter = new ContextFilter();
a1.addFilter(filter);
a2.addFilter(filter);

a1.debug("A debug message");
a1.info("An info message with %s", "some parameters");
for (let count = 0; count < 10; count++) {
  const level = choice([DEBUG, INFO, WARNING, ERROR, CRITICAL]);
  a2.log(level, "A message at %s level with %d %s", getLevelName(level), 2, "parameters");
}
