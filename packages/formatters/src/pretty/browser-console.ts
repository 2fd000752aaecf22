import type { LogRecord } from "@cordwood/core";

/** CSS that reads on light and dark consoles alike. */
const BADGE = "border-radius:3px;padding:0 4px;font-weight:600;color:#fff;background:";
const COLORS: readonly (readonly [number, string])[] = [
  [50, "#b91c1c"],
  [40, "#dc2626"],
  [30, "#b45309"],
  [20, "#15803d"],
  [10, "#2563eb"],
  [0, "#6b7280"],
];
const DIM = "color:#8a8f98";
const NAME = "color:#3b82c4;font-weight:600";

/**
 * A record for a browser's console: one text with `%c`, its styles, then fields and error as live objects that can be opened. The text of
 * the record goes in by `%s`, so that a `%` in it is not taken for a format.
 */
export function browserArguments(record: LogRecord, time: string): readonly unknown[] {
  const color = COLORS.find(([from]) => record.levelno >= from)?.[1] ?? "#6b7280";
  const result: unknown[] = [
    `%c${time === "" ? "" : "%s "}%c%s%c %s%c %s`,
    DIM,
    ...(time === "" ? [] : [time]),
    BADGE + color,
    record.levelname,
    NAME,
    record.name,
    "",
    record.message,
  ];
  for (const _ in record.extra) {
    // A copy: the console shows an object as it is when it is opened, not as it was.
    result.push({ ...record.extra });
    break;
  }
  if (record.error !== undefined) result.push(record.error);
  else if (record.excText != null) result.push(record.excText);
  if (record.stackInfo != null) result.push(record.stackInfo);
  return result;
}
