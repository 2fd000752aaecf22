// Cells of the peers that have a workload; a peer's package is loaded only in the process of its own cell.
const load = (peer) => import(new URL(`./peers/${peer}.mjs`, import.meta.url).href);

/** `cells("text", { mode: "sync" }, ["pino", "log4js"])`: cordwood first, then the named peers. */
export const cells = (workload, settings, peers) =>
  Object.fromEntries(
    ["cordwood", ...peers].map((peer) => [peer, async (context) => (await load(peer))[workload]({ ...context, ...settings })]),
  );
