// What a page does with the handler; the test calls it.
import { getLogger } from "@cordwood/core";
import { HttpHandler } from "@cordwood/handlers-net";

const logger = getLogger("page");
let handler;
let logged = 0;

const page = {
  start(host, url, options) {
    handler = new HttpHandler(host, url, options);
    logger.setLevel("DEBUG");
    logger.addHandler(handler);
    // Behind the handler's own listener: what it says of itself when the page is gone.
    addEventListener("pagehide", () => localStorage.setItem("end", JSON.stringify({ logged, stats: handler.stats() })));
  },
  log(count, padding = 0) {
    for (let i = 0; i < count; i++) logger.info("record %d %s", logged++, "x".repeat(padding));
  },
  burst(each, everyMs, padding) {
    setInterval(() => page.log(each, padding), everyMs);
  },
  flush: () => handler.flush(),
  stats: () => handler.stats(),
  lastWords: () => localStorage.getItem("end"),
};
globalThis.page = page;
