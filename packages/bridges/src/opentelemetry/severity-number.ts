import type { SeverityNumber } from "@opentelemetry/api";

const MOST_FAMILIES = 5;

/**
 * OpenTelemetry's SeverityNumber of a level: TRACE 1, DEBUG 5, INFO 9, WARNING 13, ERROR 17, CRITICAL 21. Levels between these take the three
 * numbers that follow (a level 25 is INFO3, 11); 0, unspecified, for `NOTSET`.
 */
export function severityNumber(levelno: number): SeverityNumber {
  if (!(levelno > 0)) return 0;
  if (levelno < 10) return 1 + (levelno > 5 ? Math.min(3, Math.floor(levelno - 5)) : 0);
  const family = Math.min(MOST_FAMILIES, Math.floor(levelno / 10));
  // Ten levels share the four numbers of a family.
  return 1 + family * 4 + Math.min(3, Math.floor((levelno - family * 10) / 2.5));
}
