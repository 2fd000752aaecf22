import { attempt, show } from "@cordwood/core";

const LONGEST_REASON = 200;

/** Stands where a value could not be read: `[Throws: the message of what it threw]`. */
export const thrown = (error: unknown): string => {
  const message = attempt(() => (error as { message?: unknown } | undefined)?.message, undefined);
  const reason = typeof message === "string" ? message : show(error);
  return `[Throws: ${reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason}]`;
};

/** The name of a value's class, or `Object`. */
export const className = (value: object): string =>
  attempt(() => {
    const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
    return typeof name === "string" && name !== "" ? name.slice(0, LONGEST_REASON) : "Object";
  }, "Object");

/** A property of a foreign object, or what stands for it when reading it throws. */
export const readField = (from: object, key: string | number): unknown => {
  try {
    return (from as Record<string | number, unknown>)[key];
  } catch (error) {
    return thrown(error);
  }
};
