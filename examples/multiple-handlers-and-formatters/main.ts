// Everything goes to a file, errors and above also to the console. The calls know nothing of it.
import { getLogger, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";

const logger = getLogger("simple_example");
logger.setLevel("DEBUG");

const file = new FileHandler("spam.log");
file.setLevel("DEBUG");
const console = new StreamHandler();
console.setLevel("ERROR");

const formatter = new Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s");
console.setFormatter(formatter);
file.setFormatter(formatter);
logger.addHandler(console);
logger.addHandler(file);

logger.debug("debug message");
logger.info("info message");
logger.warn("warn message");
logger.error("error message");
logger.critical("critical message");
