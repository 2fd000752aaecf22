import { disable, getLevelDecider, getLogger, setLevelDecider } from "@cordwood/core";
import { beforeEach, expect, test, vi } from "vitest";
import { fresh, Lines, throwing } from "./support.js";

beforeEach(fresh);

const listen = (): Lines => {
  const handler = new Lines();
  getLogger().addHandler(handler);
  return handler;
};

test("a decider lets single calls through below the logger's level, and drops others", () => {
  const handler = listen();
  const decider = { level: 10, decide: vi.fn(({ name }: { name: string }) => (name === "yes" ? true : name === "no" ? false : undefined)) };
  setLevelDecider(decider);
  expect(getLevelDecider()).toBe(decider);
  for (const name of ["yes", "no", "other"]) {
    getLogger(name).trace("below what it may let through");
    getLogger(name).debug("%s debug", name);
    getLogger(name).error("%s error", name);
  }
  expect(handler.lines).toEqual(["yes debug", "yes error", "other error"]);
  expect([getLogger("yes").isEnabledFor("DEBUG"), getLogger("other").isEnabledFor("DEBUG")]).toEqual([true, false]);
  setLevelDecider(null);
  getLogger("yes").debug("off again");
  expect([handler.lines.length, getLevelDecider()]).toEqual([3, null]);
});

test("disable beats a decider, and one that throws leaves it to the level", () => {
  const handler = listen();
  setLevelDecider({ level: 10, decide: () => true });
  disable("INFO");
  getLogger("app").info("off");
  getLogger("app").warning("on");
  disable("NOTSET");
  setLevelDecider({ level: 10, decide: throwing("decide") });
  getLogger("app").info("off");
  getLogger("app").error("on");
  expect(handler.lines).toEqual(["on", "on"]);
});
