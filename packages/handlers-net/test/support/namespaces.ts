import { spawnSync } from "node:child_process";
import { missingService } from "@cordwood/test-kit";

const PATH = `${process.env["PATH"]}:/usr/sbin:/sbin`;

/** Runs a program to its end. @throws what it said, when it fails */
export const run = (command: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, PATH } });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout;
};

/**
 * `false` when networks of one's own can be made here; otherwise the reason for skipping. A missing program is demanded by
 * `CORDWOOD_REQUIRE_SERVICES=1`; the right to make networks is not, since containers often lack it.
 */
export const missingNamespaces = async (): Promise<string | false> => {
  const program = await missingService("ip");
  if (program !== false) return program;
  try {
    run("unshare", "--net", "ip", "link", "set", "lo", "up");
    run("ip", "netns", "add", `${PREFIX}-probe`);
    run("ip", "netns", "delete", `${PREFIX}-probe`);
    return false;
  } catch (error) {
    const reason = `no right to make network namespaces here (${(error as Error).message})`;
    console.warn(`skipped: ${reason}`);
    return reason;
  }
};

const PREFIX = `cordwood-${process.pid}`;
const NOBODY = "02:00:00:00:00:99";

/** Two machines with a cable between them. */
export class Cable {
  readonly sender = { name: `${PREFIX}-a`, address: "10.0.0.1", link: "cable-a" };
  readonly receiver = { name: `${PREFIX}-b`, address: "10.0.0.2", link: "cable-b" };

  constructor() {
    const { sender, receiver } = this;
    for (const { name } of [sender, receiver]) run("ip", "netns", "add", name);
    run("ip", "-n", sender.name, "link", "add", sender.link, "type", "veth", "peer", "name", receiver.link, "netns", receiver.name);
    for (const { name, address, link } of [sender, receiver]) {
      run("ip", "-n", name, "address", "add", `${address}/24`, "dev", link);
      run("ip", "-n", name, "link", "set", link, "up");
      run("ip", "-n", name, "link", "set", "lo", "up");
    }
    this.mend();
  }

  /** Every packet vanishes on its way, in both directions, and nobody is told: each goes to a card that is not there. */
  cut(): void {
    this.#address(NOBODY, NOBODY);
  }

  mend(): void {
    this.#address(cardOf(this.sender), cardOf(this.receiver));
  }

  /** What runs a program on one of the two. */
  on(machine: { readonly name: string }): readonly string[] {
    return ["netns", "exec", machine.name];
  }

  remove(): void {
    for (const { name } of [this.sender, this.receiver]) run("ip", "netns", "delete", name);
  }

  #address(ofSender: string, ofReceiver: string): void {
    const { sender, receiver } = this;
    run("ip", "-n", receiver.name, "neigh", "replace", sender.address, "lladdr", ofSender, "dev", receiver.link, "nud", "permanent");
    run("ip", "-n", sender.name, "neigh", "replace", receiver.address, "lladdr", ofReceiver, "dev", sender.link, "nud", "permanent");
  }
}

const cardOf = ({ name, link }: { readonly name: string; readonly link: string }): string =>
  /link\/ether (\S+)/.exec(run("ip", "-n", name, "link", "show", link))![1]!;
