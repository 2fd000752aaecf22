// Sends numbered records over several connections as fast as they are taken, once it is told to: node blast.mjs <port> <records> <connections> <codec>.
import { connect } from "node:net";
import { makeLogRecord } from "@cordwood/core";
import { encodeFrame } from "@cordwood/handlers-net";
import { HOST, NAME } from "../../workloads.mjs";

const [port, count, connections, codec] = process.argv.slice(2);
const DIGITS = 9;
const PER_WRITE = 200;
const attributes = {
  ...{ name: NAME, levelno: 20, levelname: "INFO", pathname: "src/app.ts", lineno: 12, funcName: "main", created: 1_700_000_000.123 },
  ...{ process: 1, thread: 0, threadName: "MainThread", processName: "MainProcess", relativeCreated: 12 },
};
// One frame is the mould; only the digits of its number differ from record to record.
const MARK = "9".repeat(DIGITS);
const frame = encodeFrame(makeLogRecord({ ...attributes, msg: `user ${MARK} logged in from ${HOST}` }), { codec });
const at = frame.indexOf(MARK);
const mould = Buffer.concat(Array.from({ length: PER_WRITE }, () => frame));

const send = (first) =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("error", reject);
    socket.once("close", resolve);
    socket.resume();
    let next = first;
    const more = () => {
      while (next < Number(count)) {
        // Frames one after another from one mould; each write needs bytes of its own.
        const block = Buffer.from(mould);
        let frames = 0;
        for (; frames < PER_WRITE && next < Number(count); frames++, next += Number(connections)) {
          let number = next;
          for (let digit = DIGITS - 1; digit >= 0; digit--, number = (number / 10) | 0)
            block[frames * frame.length + at + digit] = 48 + (number % 10);
        }
        if (!socket.write(block.subarray(0, frames * frame.length))) {
          socket.once("drain", more);
          return;
        }
      }
      socket.end();
    };
    socket.once("connect", more);
  });

process.send("ready");
await new Promise((resolve) => process.once("message", resolve));
await Promise.all(Array.from({ length: Number(connections) }, (_, first) => send(first)));
process.disconnect();
