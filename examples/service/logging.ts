import { resolve } from "node:path";
import { getLogger, StreamHandler } from "@cordwood/core";
import { Formatter, JsonFormatter } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";

/** Records that were logged without an order show a dash. */
const noOrder = { defaults: { order: "-" } } as const;

/** Short lines on the screen from INFO, everything with its time in one file, JSON from INFO in another. @returns the files */
export const setUpLogging = (): readonly string[] => {
  const screen = new StreamHandler(process.stdout, { level: "INFO" });
  screen.setFormatter(new Formatter("%(levelname)-8s %(name)-14s [%(order)s] %(message)s", noOrder));

  const everything = new FileHandler("service.log", { mode: "w" });
  everything.setFormatter(new Formatter("%(asctime)s %(levelname)-8s %(name)s [%(order)s] %(message)s", noOrder));

  const json = new FileHandler("service.jsonl", { mode: "w", level: "INFO" });
  json.setFormatter(new JsonFormatter({ preset: "cordwood" }));

  const root = getLogger();
  root.setLevel("DEBUG");
  for (const handler of [screen, everything, json]) root.addHandler(handler);
  // The payment library is chatty: nothing below WARNING until somebody asks for it.
  getLogger("shop.payments").setLevel("WARNING");
  return ["service.log", "service.jsonl"].map((file) => resolve(file));
};
