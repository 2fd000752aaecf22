// A library. It logs through core and sets nothing up: where its records go is for the application to say.
import { getLogger } from "@cordwood/core";

const logger = getLogger("exchange-rates");
const cache = getLogger("exchange-rates.cache");

const RATES: Readonly<Record<string, number>> = { EUR: 1, USD: 1.09, GBP: 0.84 };
const known = new Map<string, number>();

const fetchRate = async (currency: string): Promise<number> => {
  const rate = RATES[currency];
  if (rate === undefined) throw new RangeError(`no rate for ${currency}`);
  return rate;
};

/** Units of a currency for one euro; 0 when nobody knows. */
export const rateOf = async (currency: string): Promise<number> => {
  const hit = known.get(currency);
  cache.debug("%s for %s", hit === undefined ? "miss" : "hit", currency);
  if (hit !== undefined) return hit;
  try {
    const rate = await fetchRate(currency);
    known.set(currency, rate);
    logger.info("rate of %s is %s", currency, rate, { currency, rate });
    return rate;
  } catch (error) {
    logger.exception("no rate for %s, taking 0", error, currency, { currency });
    return 0;
  }
};
