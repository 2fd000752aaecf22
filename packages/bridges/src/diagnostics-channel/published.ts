const KEY = Symbol.for("@cordwood/bridges.published");

/** Records that were published on a channel: no capture takes them, now or later. On globalThis for both builds of this package. */
export function published(): WeakSet<object> {
  const holder = globalThis as { [KEY]?: WeakSet<object> };
  return (holder[KEY] ??= new WeakSet());
}
