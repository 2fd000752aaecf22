/**
 * The messages between a process that logs and the one that listens: a length of four bytes, big-endian, then a kind of one byte and its parts.
 * Both ends are this package, on one machine; the address is private to the user.
 */
export const HELLO = 1;
export const WELCOME = 2;
export const RECORDS = 3;
export const CONFIRM = 4;

/** Longest message a listener takes, in bytes. */
export const LONGEST_MESSAGE = 4 * 1024 * 1024;

const head = (kind: number, payloadBytes: number): Buffer => {
  const bytes = Buffer.allocUnsafe(5 + payloadBytes);
  bytes.writeUInt32BE(1 + payloadBytes, 0);
  bytes[4] = kind;
  return bytes;
};

/** A sender's first word: its name, the same for all its connections. */
export function hello(sender: string): Buffer {
  const bytes = head(HELLO, Buffer.byteLength(sender));
  bytes.write(sender, 5);
  return bytes;
}

/** The listener's answer: the last sequence it has received from this sender. */
export function welcome(received: number): Buffer {
  const bytes = head(WELCOME, 8);
  bytes.writeDoubleBE(received, 5);
  return bytes;
}

/** Some records, the first of which has this sequence. */
export function records(text: string, count: number, sequence: number): Buffer {
  const bytes = head(RECORDS, 12 + Buffer.byteLength(text));
  bytes.writeDoubleBE(sequence, 5);
  bytes.writeUInt32BE(count, 13);
  bytes.write(text, 17);
  return bytes;
}

/** Everything up to this sequence is safe; so many of it were given up. Sent again from time to time as a sign of life. */
export function confirm(sequence: number, poisoned: number): Buffer {
  const bytes = head(CONFIRM, 12);
  bytes.writeDoubleBE(sequence, 5);
  bytes.writeUInt32BE(poisoned, 13);
  return bytes;
}

/** Puts messages together from the pieces a stream brings. */
export class MessageReader {
  private pieces: Buffer[] = [];
  private bytes = 0;

  /** Calls `onMessage` with kind and payload of each whole message. @throws RangeError for a message that is too long. */
  read(piece: Buffer, onMessage: (kind: number, payload: Buffer) => void): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.bytes < 5) return;
    if (this.pieces.length > 1 && this.bytes < this.wanted()) return;
    const all = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces);
    let at = 0;
    while (all.length - at >= 5) {
      const length = all.readUInt32BE(at);
      if (length > LONGEST_MESSAGE || length < 1)
        throw new RangeError(`a message of ${length} bytes; at most ${LONGEST_MESSAGE} are taken`);
      if (all.length - at < 4 + length) break;
      onMessage(all[at + 4] as number, all.subarray(at + 5, at + 4 + length));
      at += 4 + length;
    }
    this.pieces = at === all.length ? [] : [all.subarray(at)];
    this.bytes = all.length - at;
  }

  /** Bytes of the first message, if they are known: joining pieces before it is whole would be work for nothing. */
  private wanted(): number {
    const first = this.pieces[0] as Buffer;
    return first.length >= 4 ? Math.min(4 + first.readUInt32BE(0), LONGEST_MESSAGE) : 0;
  }
}
