import { attempt, isPlainObject } from "@cordwood/core";
import type { Make } from "./make.js";

/** Whether two values of documents mean the same: plain data by content, everything else by identity. */
export const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  const lists = attempt(() => [Array.isArray(a), Array.isArray(b)], [false, false]);
  if (lists[0] && lists[1]) return sameList(a as readonly unknown[], b as readonly unknown[]);
  if (!isPlainObject(a) || !isPlainObject(b) || lists[0] || lists[1]) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
};

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => same(item, b[index]));

/** Whether two plans would make equal objects. */
export const sameMake = (a: Make, b: Make): boolean =>
  a.target === b.target && same(a.options, b.options) && sameList(a.positional, b.positional);
