// A logger configured in one module gets what loggers below it log in others: getLogger with the same name is the same logger everywhere.
import { getLogger, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";
import { Auxiliary, someFunction } from "./auxiliary-module.js";

const logger = getLogger("spam_application");
logger.setLevel("DEBUG");

const file = new FileHandler("spam.log");
file.setLevel("DEBUG");
const console = new StreamHandler();
console.setLevel("ERROR");

const formatter = new Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s");
file.setFormatter(formatter);
console.setFormatter(formatter);
logger.addHandler(file);
logger.addHandler(console);

logger.info("creating an instance of auxiliary_module.Auxiliary");
const auxiliary = new Auxiliary();
logger.info("created an instance of auxiliary_module.Auxiliary");
logger.info("calling auxiliary_module.Auxiliary.do_something");
auxiliary.doSomething();
logger.info("finished auxiliary_module.Auxiliary.do_something");
logger.info("calling auxiliary_module.some_function()");
someFunction();
logger.info("done with auxiliary_module.some_function()");
