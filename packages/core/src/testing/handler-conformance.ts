import { type FilterLike, type HandlerLike, INFO, type LogRecord, makeLogRecord, reportError, setErrorReporter } from "../index.js";
import { shared } from "../shared.js";
import { type ConformanceCase, same } from "./conformance-case.js";

export interface HandlerConformanceOptions<H extends HandlerLike = HandlerLike> {
  /** A fresh handler, whose target is empty, without a formatter. */
  readonly create: () => H | Promise<H>;
  /** The first lines of the records that reached the target since the last `create`, in order. Asked after `flush` has settled. */
  readonly delivered: (handler: H) => readonly string[] | Promise<readonly string[]>;
  /** Makes the target fail from now on, if it can be made to. Without it the cases about failures are left out. */
  readonly breakTarget?: (handler: H) => void | Promise<void>;
}

const record = (msg: string, more: Readonly<Record<string, unknown>> = {}): LogRecord =>
  makeLogRecord({ name: "conformance", levelno: INFO, levelname: "INFO", msg, ...more });

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The contract of a handler as cases: order, records left alone, closing twice, exact counters, no throw out of `handle`. */
export function handlerConformance<H extends HandlerLike>(options: HandlerConformanceOptions<H>): readonly ConformanceCase[] {
  const make = (name: string, rule: string, body: (handler: H) => Promise<void>): ConformanceCase => ({
    name,
    rule,
    async run() {
      const reporter = shared.reporter;
      setErrorReporter(() => {});
      const handler = await options.create();
      try {
        await body(handler);
      } finally {
        await handler.close();
        setErrorReporter(reporter ?? null);
      }
    },
  });

  /** Every accepted record is in exactly one of the other counters. */
  const balanced = (handler: H, accepted: number): void => {
    const stats = handler.stats?.();
    if (!stats) return;
    same("accepted", stats.accepted, accepted);
    same("delivered + queued + dropped + failed", stats.delivered + stats.queued + sum(stats.dropped) + sum(stats.failed), accepted);
  };

  const cases = [
    make("delivers a record", "What handle() accepted has arrived when flush() has settled.", async (handler) => {
      handler.handle(record("one"));
      await handler.flush();
      same("delivered", await options.delivered(handler), ["one"]);
      balanced(handler, 1);
    }),
    make("keeps the order", "Records arrive in the order of the calls.", async (handler) => {
      const texts = Array.from({ length: 100 }, (_, i) => `record ${i}`);
      for (const text of texts) handler.handle(record(text));
      await handler.flush();
      same("delivered", await options.delivered(handler), texts);
      balanced(handler, 100);
    }),
    make("leaves the record alone", "Records are facts: the next handler sees what this one saw.", async (handler) => {
      const given = record("kept %s", { args: ["as is"], fields: Object.freeze({ user: "ann" }) });
      const before = JSON.stringify(given);
      handler.handle(given);
      await handler.flush();
      same("the record", JSON.parse(JSON.stringify(given)), JSON.parse(before));
    }),
    make(
      "flushes when there is nothing to do",
      "flush() settles at once when nothing waits, and may be called at any time.",
      async (handler) => {
        await handler.flush();
        await handler.flush();
        balanced(handler, 0);
      },
    ),
    make("closes twice", "A second close() is harmless.", async (handler) => {
      handler.handle(record("before"));
      await handler.close();
      await handler.close();
      same("delivered", await options.delivered(handler), ["before"]);
    }),
    make("counts a record after close", "After close() a record is accepted and counted as dropped.closed.", async (handler) => {
      await handler.close();
      handler.handle(record("late"));
      const stats = handler.stats?.();
      if (stats) same("dropped.closed", stats.dropped["closed"], 1);
      balanced(handler, 1);
      same("delivered", await options.delivered(handler), []);
    }),
    make("takes hostile values", "handle() never throws, whatever the record holds.", async (handler) => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const hostile = {
        get boom(): never {
          throw new Error("boom");
        },
        toString(): never {
          throw new Error("no text");
        },
      };
      for (const value of [proxy, hostile, Symbol("s"), 10n, Object.create(null), new Date(Number.NaN)]) {
        handler.handle(record("value", { fields: { value }, error: value }));
        handler.handle(record("value %s", { args: [value] }));
      }
      await handler.flush();
      balanced(handler, 12);
    }),
  ];
  const { breakTarget } = options;
  if (breakTarget) {
    cases.push(
      make(
        "survives a broken target",
        "A failure of the target never throws out of handle(), flush() settles, and what was lost is counted.",
        async (handler) => {
          await breakTarget(handler);
          for (let i = 0; i < 10; i++) handler.handle(record(`lost ${i}`));
          await handler.flush();
          balanced(handler, 10);
        },
      ),
    );
  }
  cases.push(
    make("counts a failing filter", "A filter that throws is accepted and counted as failed.filter.", async (handler) => {
      const filtered = handler as H & { addFilter?(filter: FilterLike): void };
      if (!filtered.addFilter) return;
      filtered.addFilter(() => {
        throw new Error("filter");
      });
      handler.handle(record("never"));
      same("failed.filter", handler.stats?.().failed["filter"], 1);
      balanced(handler, 1);
    }),
    make("reports without recursion", "A failure reporter that logs to the handler does not make it loop.", async (handler) => {
      setErrorReporter(() => handler.handle(record("about the failure")));
      reportError({ cause: `conformance ${Math.random()}`, message: "a failure" });
      await handler.flush();
      balanced(handler, 1);
    }),
  );
  return cases;
}
