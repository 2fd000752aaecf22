// A small shop: several modules with loggers of their own, one place that says where records go.
import { getLogger, shutdown } from "@cordwood/core";
import { setUpLogging } from "./logging.js";
import { type Order, takeOrder } from "./orders.js";

const files = setUpLogging();
const logger = getLogger("shop");

const orders: readonly Order[] = [
  { id: "A-1", card: "4000-0001", cents: 1250 },
  { id: "A-2", card: "4000-0003", cents: 9900 },
  { id: "A-3", card: "4000-0005", cents: 430 },
];

logger.info("open, %d orders are waiting", orders.length);
for (const order of orders) {
  if (await takeOrder(order)) continue;
  logger.warning("an order failed: payments are shown in detail from now on");
  getLogger("shop.payments").setLevel("DEBUG");
}
logger.info("closed");
await shutdown();

console.log("\nThe screen shows INFO and above. What was written besides:");
console.log(`  ${files[0]}   everything, with times`);
console.log(`  ${files[1]} INFO and above as JSON lines`);
