// Subclassing QueueHandler and QueueListener: a ZeroMQ "publish" socket to send to, a "subscribe" socket to listen to.
import { getLogger, type LogRecord, makeLogRecord, StreamHandler, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { Publisher, Subscriber } from "zeromq";

class ZeroMQSocketHandler extends QueueHandler<Publisher> {
  override async enqueue(record: LogRecord): Promise<void> {
    await this.queue.send(JSON.stringify(record));
  }

  override async close(): Promise<void> {
    await super.close();
    this.queue.close();
  }
}

class ZeroMQSocketListener extends QueueListener<Subscriber> {
  constructor(uri: string, ...handlers: ConstructorParameters<typeof QueueListener>[1][]) {
    const socket = new Subscriber();
    socket.subscribe(""); // subscribe to everything
    socket.connect(uri);
    super(socket, handlers.flat());
  }

  override async dequeue(): Promise<LogRecord> {
    const [message] = await this.queue.receive();
    return makeLogRecord(JSON.parse(String(message)));
  }
}

const socket = new Publisher();
await socket.bind("tcp://127.0.0.1:*");
// A publisher sends to nobody before somebody has subscribed.
const subscribed = new Promise<void>((resolve) => socket.events.on("handshake", () => setTimeout(resolve, 100)));

let last: () => void = () => {};
const arrived = new Promise<void>((resolve) => (last = resolve));
class Console extends StreamHandler {
  protected override emit(record: LogRecord): ReturnType<StreamHandler["emit"]> {
    const outcome = super.emit(record);
    if (record.message === "That is all") last();
    return outcome;
  }
}
const target = new Console(process.stdout, {
  formatter: new Formatter("%(processName)s %(name)s %(levelname)s %(message)s user=%(user)s", { defaults: { user: "-" } }),
});
const listener = new ZeroMQSocketListener(socket.lastEndpoint ?? "", target).start();
await subscribed;

const logger = getLogger("shop");
logger.setLevel("DEBUG");
logger.addHandler(new ZeroMQSocketHandler(socket));
logger.info("order %d", 7, { user: "alice" });
logger.error("payment of order %d failed", 7);
logger.debug("That is all");

await arrived;
await listener.stop();
listener.queue.close();
await shutdown();
