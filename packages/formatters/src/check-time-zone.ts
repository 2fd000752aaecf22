import { LoggingError, show } from "@cordwood/core";

/** A time zone that this runtime knows. @throws LoggingError for one it does not. */
export function checkTimeZone(owner: string, zone: string): string {
  if (zone === "utc" || zone === "local") return zone;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch (error) {
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: timeZone is ${show(zone)}; give "utc", "local" or an IANA name such as "Europe/Berlin"`,
      {
        cause: error,
      },
    );
  }
}
