import { setTimeout as sleep } from "node:timers/promises";
import { getLogger } from "@cordwood/core";

const logger = getLogger("shop.payments");

/** A bank that refuses every card ending in 3. */
export const pay = async (card: string, cents: number): Promise<void> => {
  logger.debug("asking the bank for %.2f EUR from card …%s", cents / 100, card.slice(-1));
  await sleep(10);
  if (card.endsWith("3")) {
    throw new Error("payment failed", { cause: new Error("card refused by the bank") });
  }
  logger.debug("the bank agreed");
};
