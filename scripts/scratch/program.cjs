const { getLogger, shutdown, StreamHandler } = require("@cordwood/core");
const { Formatter } = require("@cordwood/formatters");
const { FileHandler } = require("@cordwood/handlers-file");

const screen = new StreamHandler(process.stdout);
screen.setFormatter(new Formatter("%(levelname)-8s %(name)s: %(message)s"));
const file = new FileHandler("cjs.log", { mode: "w" });
file.setFormatter(new Formatter("{levelname} {message}", { style: "{" }));
const root = getLogger();
root.setLevel("INFO");
root.addHandler(screen);
root.addHandler(file);
getLogger("app.db").info("connected to %s in %.1f ms", "orders", 12.34);
getLogger("app.db").debug("not shown");
shutdown().then(() => console.log(require("node:fs").readFileSync("cjs.log", "utf8").trim()));
