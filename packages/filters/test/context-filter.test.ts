import { setTimeout as sleep } from "node:timers/promises";
import { disable, getLogger, resetLogging, setLevelDecider, withContext } from "@cordwood/core";
import { contextFilter } from "@cordwood/filters";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Kept, record } from "./fixture.js";

let kept: Kept;
beforeEach(() => {
  resetLogging();
  kept = new Kept();
  getLogger().addHandler(kept);
  getLogger().setLevel("INFO");
});
afterEach(() => resetLogging());

describe("contextFilter", () => {
  test("lets one user's debug calls through and nobody else's, before a record is made", async () => {
    setLevelDecider(contextFilter([{ when: { user: "anna" }, level: "DEBUG" }]));
    let made = 0;
    const lazy = (): string => `made ${++made}`;
    const serve = (user: string): Promise<void> =>
      withContext({ user }, async () => {
        await sleep(1);
        getLogger("app.db").debug(lazy);
        getLogger("app.db").info("served");
      });
    await Promise.all(["bert", "anna", "cleo"].map(serve));
    getLogger("app.db").debug(lazy);
    expect(made).toBe(1);
    expect(kept.records.map((r) => `${(r.context as { user: string }).user} ${r.levelname} ${r.message}`).sort()).toEqual([
      "anna DEBUG made 1",
      "anna INFO served",
      "bert INFO served",
      "cleo INFO served",
    ]);
  });

  test("drops what is below the level of a rule: only warnings of health checks", () => {
    setLevelDecider(contextFilter([{ when: (context) => context["path"] === "/health", level: "WARNING" }]));
    withContext({ path: "/health" }, () => {
      getLogger().info("served");
      getLogger().warning("slow");
    });
    withContext({ path: "/" }, () => getLogger().info("home"));
    expect(kept.messages).toEqual(["slow", "home"]);
  });

  test("asks the first rule that fits, by logger too", () => {
    setLevelDecider(
      contextFilter([
        { when: { user: ["anna", "bert"] }, logger: "app.db", level: "DEBUG" },
        { when: { user: "anna" }, level: "ERROR" },
      ]),
    );
    withContext({ user: "anna" }, () => {
      getLogger("app.db").debug("db");
      getLogger("app.db.pool").debug("pool");
      getLogger("app.dbx").warning("dbx");
      getLogger("app").error("error");
    });
    expect(kept.messages).toEqual(["db", "pool", "error"]);
  });

  test("ends a rule at its time", () => {
    let time = 1_000;
    setLevelDecider(contextFilter([{ when: { user: "anna" }, level: "DEBUG", untilMs: 2_000 }], { now: () => time }));
    withContext({ user: "anna" }, () => {
      getLogger().debug("in time");
      time = 2_000;
      getLogger().debug("too late");
    });
    expect(kept.messages).toEqual(["in time"]);
  });

  test("takes a rule whose function throws for one that does not fit", () => {
    setLevelDecider(
      contextFilter([
        {
          when: () => {
            throw new Error("broken rule");
          },
          level: "DEBUG",
        },
      ]),
    );
    withContext({ user: "anna" }, () => {
      getLogger().debug("not asked for");
      getLogger().info("as ever");
    });
    expect(kept.messages).toEqual(["as ever"]);
  });

  test("leaves what disable() has switched off", () => {
    setLevelDecider(contextFilter([{ when: { user: "anna" }, level: "DEBUG" }]));
    disable("CRITICAL");
    withContext({ user: "anna" }, () => getLogger().debug("off"));
    expect(kept.messages).toEqual([]);
  });

  test("judges records from elsewhere as a filter, by the context they carry", () => {
    const filter = contextFilter([{ when: { user: "anna" }, level: "WARNING" }]);
    kept.addFilter(filter);
    kept.handle(record("INFO", "anna's", { context: { user: "anna" } }));
    kept.handle(record("INFO", "bert's", { context: { user: "bert" } }));
    kept.handle(record("INFO", "nobody's"));
    expect(kept.messages).toEqual(["bert's", "nobody's"]);
  });

  test.each([
    ["no rules", [], /at least one rule/],
    ["a rule without conditions", [{ when: {}, level: "DEBUG" }], /give fields such as/],
    ["a misspelt key", [{ when: { a: 1 }, levle: "DEBUG" }], /there is no option "levle"/],
    ["an unknown level", [{ when: { a: 1 }, level: "LOUD" }], /LOUD/],
  ])("refuses %s", (_what, rules, message) => {
    expect(() => contextFilter(rules as never)).toThrow(message);
  });
});
