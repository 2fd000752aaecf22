import { spawnSync } from "node:child_process";
import { connect } from "node:net";

/** A server or program that a test needs and that a user's machine may lack. */
export type Service = "redis" | "rabbitmq" | "nats" | "python3" | "rsyslogd" | "chromium" | "ip";

const PORTS: Readonly<Record<string, number>> = { redis: 6379, rabbitmq: 5672, nats: 4222 };

/**
 * `false` when the service is there; otherwise the reason to give for skipping: `test.skipIf(missing)`.
 * With `CORDWOOD_REQUIRE_SERVICES=1` (CI) a missing service throws instead.
 */
export const missingService = async (service: Service): Promise<string | false> => {
  const port = PORTS[service];
  const found =
    port === undefined ? spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin:/sbin"; command -v ${service}`]).status === 0 : await answers(port);
  if (found) return false;
  const reason = port === undefined ? `${service} is not installed` : `no ${service} server on 127.0.0.1:${port}`;
  if (process.env["CORDWOOD_REQUIRE_SERVICES"] === "1") throw new Error(`${reason}, and CORDWOOD_REQUIRE_SERVICES=1 asks for it`);
  console.warn(`skipped: ${reason}`);
  return reason;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
