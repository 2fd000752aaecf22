// A log that is never longer than a few bytes: when the file is full it becomes .1, what was .1 becomes .2, up to .5.
import { readdirSync } from "node:fs";
import { getLogger } from "@cordwood/core";
import { RotatingFileHandler } from "@cordwood/handlers-file";

const LOG_FILENAME = "logging_rotatingfile_example.out";

const logger = getLogger("MyLogger");
logger.setLevel("DEBUG");
logger.addHandler(new RotatingFileHandler(LOG_FILENAME, { maxBytes: 20, backupCount: 5 }));

for (let i = 0; i < 20; i++) logger.debug("i = %d", i);

for (const name of readdirSync(".").sort()) console.log(name);
