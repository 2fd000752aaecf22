// An adapter adds fields to every call: fixed ones, or those of an object that computes them each time it is asked.
import { basicConfig } from "@cordwood/config";
import { CRITICAL, DEBUG, ERROR, getLevelName, getLogger, INFO, LoggerAdapter, WARNING } from "@cordwood/core";
import { choice } from "./choice.js";

/** Anything with `keys()` and `get(key)` can stand for the fields. */
class ConnectionInfo {
  keys(): Iterable<string> {
    return ["ip", "user"];
  }

  get(key: string): string {
    if (key === "ip") return choice(["127.0.0.1", "192.168.0.1"]);
    if (key === "user") return choice(["jim", "fred", "sheila"]);
    return "?";
  }
}

basicConfig({
  level: "DEBUG",
  format: "%(asctime)-15s %(name)-5s %(levelname)-8s IP: %(ip)-15s User: %(user)-8s %(message)s",
});

const a1 = new LoggerAdapter(getLogger("a.b.c"), { ip: "123.231.231.123", user: "sheila" });
a1.debug("A debug message");
a1.info("An info message with %s", "some parameters");

const a2 = new LoggerAdapter(getLogger("d.e.f"), new ConnectionInfo());
for (let count = 0; count < 10; count++) {
  const level = choice([DEBUG, INFO, WARNING, ERROR, CRITICAL]);
  a2.log(level, "A message at %s level with %d %s", getLevelName(level), 2, "parameters");
}
