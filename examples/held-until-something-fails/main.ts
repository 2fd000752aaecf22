/** Debug lines of the requests that failed, and of one user; of the others only what is worth a line. */
import { setTimeout as wait } from "node:timers/promises";
import { getLogger, StreamHandler, setLevelDecider, shutdown, withContext } from "@cordwood/core";
import { contextFilter, FingersCrossedHandler, RateLimitFilter } from "@cordwood/filters";
import { LogfmtFormatter } from "@cordwood/formatters";

const screen = new StreamHandler(process.stdout, { formatter: new LogfmtFormatter({ time: "epoch-ms" }) });
// Below INFO a request's records are held; an error has them written.
const held = new FingersCrossedHandler(screen, { holdBelow: "INFO" });
getLogger("shop").setLevel("DEBUG");
getLogger("shop").addHandler(held);
// Five a second would be enough; here it is two in all.
getLogger("shop.stock").addFilter(new RateLimitFilter(2, { windowMs: 60_000 }));

const orders = getLogger("shop.orders");
const stock = getLogger("shop.stock");

async function serve(requestId: string, user: string, left: number): Promise<void> {
  await withContext({ requestId, user }, async () => {
    orders.debug("order begun");
    await wait(1);
    stock.info("%d left", left);
    if (left === 0) orders.error("sold out");
    else orders.info("order taken");
  });
  held.end(requestId);
}

await serve("r1", "anna", 2);
await serve("r2", "bert", 1);
await serve("r3", "cleo", 0);

console.log("--- and now warnings alone, but everything of cleo:");
getLogger("shop").setLevel("WARNING");
setLevelDecider(contextFilter([{ when: { user: "cleo" }, level: "DEBUG" }]));
await serve("r4", "anna", 5);
await serve("r5", "cleo", 0);

const { accepted, delivered, queued, dropped } = held.stats();
console.log(`accepted ${accepted}, written ${delivered}, held ${queued}, not needed ${dropped["unneeded"]}`);
await shutdown();
