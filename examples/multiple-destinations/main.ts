// DEBUG and above with their time go to a file, INFO and above without it to the console.
import { basicConfig } from "@cordwood/config";
import { getLogger, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";

basicConfig({
  level: "DEBUG",
  format: "%(asctime)s %(name)-12s %(levelname)-8s %(message)s",
  datefmt: "%m-%d %H:%M",
  filename: "myapp.log",
  filemode: "w",
});

const console = new StreamHandler();
console.setLevel("INFO");
console.setFormatter(new Formatter("%(name)-12s: %(levelname)-8s %(message)s"));
getLogger().addHandler(console);

getLogger().info("Jackdaws love my big sphinx of quartz.");

// Loggers that might stand for areas of an application.
const logger1 = getLogger("myapp.area1");
const logger2 = getLogger("myapp.area2");

logger1.debug("Quick zephyrs blow, vexing daft Jim.");
logger1.info("How quickly daft jumping zebras vex.");
logger2.warning("Jail zesty vixen who grabbed pay from quack.");
logger2.error("The five boxing wizards jump quickly.");
