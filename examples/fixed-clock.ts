import { LogRecord, setLogRecordFactory } from "@cordwood/core";

/**
 * Loaded by the runner before an example whose `example.json` asks for a clock: every record's time is then taken from a list,
 * so that the output is the same on each run. The example itself knows nothing of it.
 */
interface Clock {
  /** The first record's time, ISO 8601. Default 2005-03-23T23:47:11.663Z, the cookbook's. */
  readonly start?: string;
  /** Milliseconds from each record to the next; the last number goes on for ever. Default 1. */
  readonly stepsMs?: readonly number[];
}

const clock = JSON.parse(process.env["CORDWOOD_EXAMPLE_CLOCK"] ?? "{}") as Clock;
const steps = clock.stepsMs ?? [1];
let timeMs = Date.parse(clock.start ?? "2005-03-23T23:47:11.663Z");
let made = 0;

setLogRecordFactory((init) => {
  const record = new LogRecord(init).with({ created: timeMs / 1000 });
  timeMs += steps[Math.min(made++, steps.length - 1)] ?? 1;
  return record;
});
