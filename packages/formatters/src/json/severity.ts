/** Pino and bunyan count 10, 20 … 60 where Python's numbers end at 50; what is below DEBUG is spread over 0–20. */
export const pinoLevel = (levelno: number): number => (levelno >= 10 ? levelno + 10 : levelno * 2);

/** OpenTelemetry's SeverityNumber: four steps to each of TRACE, DEBUG, INFO, WARN, ERROR and FATAL; 0 is unspecified. */
export function otelSeverity(levelno: number): number {
  if (!(levelno > 0)) return 0;
  if (levelno < 10) return 1 + (levelno > 5 ? Math.min(3, Math.floor(levelno - 5)) : 0);
  const family = Math.min(5, Math.floor(levelno / 10));
  const step = Math.min(3, Math.floor((levelno - family * 10) / 2.5));
  return 1 + family * 4 + step;
}

/** The severities of Google Cloud's LogEntry, by the lowest level each begins at. */
const GCP: readonly (readonly [number, string])[] = [
  [70, "EMERGENCY"],
  [60, "ALERT"],
  [50, "CRITICAL"],
  [40, "ERROR"],
  [30, "WARNING"],
  [25, "NOTICE"],
  [20, "INFO"],
  [1, "DEBUG"],
];

export const gcpSeverity = (levelno: number): string => GCP.find(([from]) => levelno >= from)?.[1] ?? "DEFAULT";
