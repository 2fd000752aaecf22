import { isWhole, type Kind, level, numberFromText, oneOf, positive } from "./kinds.js";
import { tableWith } from "./table-kind.js";

/** Python's `maxsize` of a queue; 0 and less are "as many as you like", which here is the default bound. */
export const queueSize: Kind = {
  expected: "a whole number",
  accepts: isWhole,
  schema: { type: "integer" },
  fromText: numberFromText,
  become: (value) => ((value as number) > 0 ? value : undefined),
};

/** What a full queue does with the next record. */
export const whenFull: Kind = tableWith(
  { dropBelow: level, block: tableWith({ maxMs: positive }, { required: ["maxMs"] }) },
  { one: true, or: oneOf("drop-newest", "drop-oldest", "inline", "block") },
);
