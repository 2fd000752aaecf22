// An application on pino. One line gives it what its libraries log through Cordwood, in its own format and with its own serializers.
import { PinoHandler } from "@cordwood/bridges/pino";
import { getLogger, withContext } from "@cordwood/core";
import { pino } from "pino";
import { rateOf } from "./exchange-rates.js";

const log = pino({
  level: "debug",
  base: null,
  // Times and stacks differ from run to run, so this program leaves them out.
  timestamp: false,
  serializers: { err: ({ name, message }: Error) => ({ type: name, message }) },
});

getLogger().addHandler(new PinoHandler(log));
getLogger().setLevel("INFO");

log.info("two customers are waiting");
// What is bound here is on every record of the library, across its awaits.
await withContext({ customer: "ann" }, () => rateOf("USD"));

getLogger("exchange-rates.cache").setLevel("DEBUG");
await withContext({ customer: "ben" }, () => Promise.all([rateOf("USD"), rateOf("XAU")]));

log.info("done");
