// The same against the packages' CommonJS types.
import core = require("@cordwood/core");
import testing = require("@cordwood/core/testing");

const logger: core.Logger = core.getLogger("typed");
const stream = new core.StreamHandler(process.stdout);
logger.addHandler(stream);
logger.warning("typed as CommonJS: %s", typeof testing.captureLogs);
