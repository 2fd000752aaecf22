import { getLogger } from "@cordwood/core";
import { pay } from "./payments.js";

const logger = getLogger("shop.orders");

export interface Order {
  readonly id: string;
  readonly card: string;
  readonly cents: number;
}

/** Takes one order; what goes wrong is logged, and answered with false. */
export const takeOrder = async (order: Order): Promise<boolean> => {
  // Every record of this order carries its number, in whatever form a handler writes it.
  const log = logger.with({ order: order.id });
  log.debug("checking the stock");
  log.info("order received", { cents: order.cents });
  try {
    await pay(order.card, order.cents);
  } catch (error) {
    log.exception("order not paid", error);
    return false;
  }
  log.info("order paid and on its way");
  return true;
};
