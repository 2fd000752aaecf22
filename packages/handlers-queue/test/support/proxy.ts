import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy whose connections can be cut, and which can be away for a while. */
export interface Proxy {
  readonly port: number;
  /** Connections made through it so far. */
  readonly connections: number;
  /** Keeps the server's answers to itself, until the next cut. */
  mute(): void;
  /** Cuts every connection, in the middle of whatever is on its way. */
  cut(): void;
  /** Refuses connections until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 to a server there. */
export const startProxy = async (targetPort: number): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let isMute = false;
  let connections = 0;
  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    connections++;
    const target = connect({ host: "127.0.0.1", port: targetPort });
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (piece: Buffer) => {
        if (!isMute || from === client) to.write(piece);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    isMute = false;
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    mute: () => {
      isMute = true;
    },
    cut,
    shut: () => {
      isOpen = false;
      cut();
    },
    open: () => {
      isOpen = true;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
