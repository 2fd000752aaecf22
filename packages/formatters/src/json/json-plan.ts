import { isError } from "@cordwood/core";
import { FIRST, type KeyAction, KeyMemory, keyForms } from "./key-memory.js";
import { EXTRA, type SerializeLimits } from "./limits.js";
import { thrown } from "./placeholder.js";
import type { Layout, Slot } from "./preset.js";
import { ASIDE, Serializer } from "./serialize.js";

/** Turns a value into what is written for it. */
export type JsonValueSerializer = (value: unknown) => unknown;

/** Everything a writer is made from; checked by `JsonFormatter`. */
export interface JsonPlan {
  readonly layout: Layout;
  /** The slots of the layout under the names they are written with. */
  readonly slots: readonly Slot[];
  readonly limits: SerializeLimits;
  readonly timeZone: string;
  readonly rename: Readonly<Record<string, string>>;
  readonly serializers: Readonly<Record<string, JsonValueSerializer>>;
  /** The key under which the fields go, or `null` for the record's own level. */
  readonly fieldsKey: string | null;
}

/** One step of writing a record: a literal, or the literal before a value and what the value is. */
export interface Piece {
  readonly kind: Exclude<Slot["kind"], "constant"> | "literal";
  /** By what came before, see `KeyNode.forms`. */
  readonly forms: readonly string[];
  readonly attribute: string;
  readonly serializer: JsonValueSerializer | undefined;
}

/** Slots that a record may not fill; a constant cannot be part of their literals. */
const OPTIONAL: ReadonlySet<Slot["kind"]> = new Set(["fields", "error", "excText", "stackText", "stackInfo", "attribute"]);

/** A serializer of the user's that shows what it threw instead of throwing. */
export const guarded =
  (serializer: JsonValueSerializer): JsonValueSerializer =>
  (value) => {
    try {
      return serializer(value);
    } catch (error) {
      return thrown(error);
    }
  };

/**
 * The memory of the fields' keys: renamed, serialized, or put aside where the record itself has the key.
 * @param fills Whether the record being written fills an optional slot; while it does not, a field may have its key.
 * @param has Whether the record being written has a field of this name.
 */
export function fieldMemory(
  plan: JsonPlan,
  fills: (kind: Slot["kind"], attribute: string) => boolean,
  has: (key: string) => boolean,
): KeyMemory {
  const { layout, serializers } = plan;
  const ofSlots = new Set(layout.slots.map((slot) => (slot.kind === "fields" ? "" : slot.key)));
  const rename = new Map(Object.entries(plan.rename).filter(([key]) => !ofSlots.has(key)));
  const taken = new Set<string>([EXTRA, ...rename.values()]);
  const optional = new Map<string, Slot>();
  if (plan.fieldsKey === null)
    for (const slot of plan.slots) {
      if (slot.kind === "fields") continue;
      if (OPTIONAL.has(slot.kind)) optional.set(slot.key, slot);
      else taken.add(slot.key);
    }
  return new KeyMemory({
    rename: (key) => rename.get(key) ?? layout.field?.(key)?.key ?? key,
    action: (key): KeyAction | undefined => {
      if (taken.has(key) && !rename.has(key)) return () => ASIDE;
      const slot = optional.get(key);
      const serializer = Object.hasOwn(serializers, key) ? guarded(serializers[key] as JsonValueSerializer) : undefined;
      const { action, unless, unlessError } = layout.field?.(rename.get(key) ?? key) ?? {};
      let rule = action;
      if (unless !== undefined) rule = (value) => (unless.some(has) ? ASIDE : action === undefined ? value : action(value));
      if (unlessError)
        rule = (value) => {
          if (fills("error", "") || fills("excText", "")) return ASIDE;
          return action === undefined ? value : action(value);
        };
      if (slot !== undefined)
        rule = (value) => {
          if (fills(slot.kind, key) || (unlessError && fills("error", ""))) return ASIDE;
          if (slot.kind === "error" && isError(value)) return layout.error(value);
          return action === undefined ? value : action(value);
        };
      if (rule === undefined) return serializer;
      const safe = guarded(rule);
      return serializer === undefined ? safe : (value) => safe(serializer(value));
    },
  });
}

/** The slots as a list of literals to go between values, and what ends the record by what came last. Constants are merged into the literals. */
export function compile(plan: JsonPlan): readonly [readonly Piece[], readonly string[]] {
  const pieces: Piece[] = [];
  const constants = new Serializer(plan.limits, plan.layout.nonFinite, plan.layout.nestedKey);
  let pending = "";
  const flush = (): void => {
    if (pending !== "")
      pieces.push({ kind: "literal", forms: around(pending.slice(0, -1), "{", ",", '",'), attribute: "", serializer: undefined });
    pending = "";
  };
  for (const slot of plan.slots) {
    if (slot.kind === "constant") {
      pending += `${keyForms(slot.key)[FIRST]?.slice(1)}${constants.value(slot.value)},`;
      continue;
    }
    if (OPTIONAL.has(slot.kind)) flush();
    pieces.push({
      kind: slot.kind,
      forms: keyForms(slot.kind === "fields" ? (plan.fieldsKey ?? "") : slot.key, pending),
      attribute: slot.kind === "attribute" ? slot.attribute : "",
      serializer: slot.kind === "error" && Object.hasOwn(plan.serializers, slot.key) ? plan.serializers[slot.key] : undefined,
    });
    pending = "";
  }
  const last = pending.slice(0, -1);
  return [pieces, last === "" ? around("}", "{", "", '"') : around(`${last}}`, "{", ",", '",')];
}

/** A literal by what comes before it: nothing, a value, a text still to be closed. */
const around = (literal: string, first: string, afterValue: string, afterText: string): readonly string[] => {
  const forms = [first + literal, afterValue + literal, afterText + literal];
  return forms.flatMap((form) => [form, form]);
};
