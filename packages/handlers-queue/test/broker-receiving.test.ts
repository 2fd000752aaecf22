import { expect, test } from "vitest";
import type { BrokerReceiver, IncomingMessage } from "../src/brokers/driver.js";
import { BrokerReceiving } from "../src/brokers/receiving.js";

/** A broker that hands out what it is told to, and notes what is acknowledged. */
const makeBroker = () => {
  const state = {
    deliver: (_: IncomingMessage): void => {},
    lose: (_: unknown): void => {},
    acknowledged: [] as unknown[],
    buried: [] as unknown[],
    opened: 0,
  };
  const connect = (): BrokerReceiver => ({
    acknowledge: async (messages) => void state.acknowledged.push(...messages.map(({ token }) => token)),
    putBack: async () => {},
    bury: async ({ token }) => void state.buried.push(token),
    idle: async () => {},
    close: async () => {},
  });
  return {
    state,
    driver: {
      label: "broker",
      openSender: () => Promise.reject(new Error("nothing is sent here")),
      openReceiver: async (deliver: (message: IncomingMessage) => void, lose: (error: unknown) => void) => {
        Object.assign(state, { deliver, lose });
        state.opened++;
        return connect();
      },
    },
  };
};
const body = JSON.stringify({ name: "app", levelno: 20, levelname: "INFO", msg: "once", args: [], created: 1 });
const copy = (token: string, place: number, tries = 1): IncomingMessage => ({ id: "sender-1", body, tries, place, token });
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

test("a second copy that comes over the same connection while the first is handled is acknowledged, and so is the first", async () => {
  const { state, driver } = makeBroker();
  const receiving = new BrokerReceiving("queue", { reconnectMs: 1, longestReconnectMs: 1 }, () => driver);
  const taken = receiving.take();
  await turns();
  state.deliver(copy("first", 1));
  const record = await taken;
  state.deliver(copy("second", 2));
  expect(state.acknowledged).toEqual(["second"]);
  receiving.acknowledge([record!]);
  expect(state.acknowledged).toEqual(["second", "first"]);
  expect(receiving.stats()).toMatchObject({ accepted: 2, delivered: 1, queued: 0, dropped: { duplicate: 1 } });
  await receiving.close();
});

test("the same record over a new connection is settled there", async () => {
  const { state, driver } = makeBroker();
  const receiving = new BrokerReceiving("queue", { reconnectMs: 1, longestReconnectMs: 1 }, () => driver);
  const taken = receiving.take();
  await turns();
  state.deliver(copy("over the old one", 1));
  const record = await taken;
  state.lose(new Error("cut"));
  await turns();
  expect(state.opened).toBe(2);
  state.deliver(copy("over the new one", 1, 2));
  receiving.acknowledge([record!]);
  expect(state.acknowledged).toEqual(["over the new one"]);
  await receiving.close();
});

test("the same record handed out again over the same connection, as to a process that stood still, is settled once it is handled", async () => {
  const { state, driver } = makeBroker();
  const receiving = new BrokerReceiving("queue", { reconnectMs: 1, longestReconnectMs: 1 }, () => driver);
  const taken = receiving.take();
  await turns();
  state.deliver(copy("once", 1));
  const record = await taken;
  state.deliver(copy("again", 1, 2));
  expect(state.acknowledged).toEqual([]);
  receiving.acknowledge([record!]);
  expect(state.acknowledged).toEqual(["again"]);
  expect(receiving.stats()).toMatchObject({ accepted: 1, delivered: 1, queued: 0, dropped: { duplicate: 0 } });
  await receiving.close();
});
