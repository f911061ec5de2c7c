/** One flag byte and a 32-bit length stand before every gRPC message. */
const prefixBytes = 5;

export interface FramingEvents {
  /** The prefix is there; false refuses the message, and nothing more is called. */
  readonly begin: (compressed: boolean, length: number) => boolean;
  /** A piece of the message, a view on what was pushed. */
  readonly bytes: (piece: Buffer) => void;
  readonly bad: (why: string) => void;
}

/** Takes a unary request's DATA, in whatever pieces it comes, apart into the one message it must hold. */
export class MessageFraming {
  readonly #events: FramingEvents;
  #prefix: Buffer = Buffer.alloc(0);
  #begun = false;
  #rest = 0;
  #over = false;

  constructor(events: FramingEvents) {
    this.#events = events;
  }

  push(data: Buffer): void {
    if (this.#over) return;
    const piece = this.#begun ? data : this.#readPrefix(data);
    if (this.#over || !this.#begun || piece.length === 0) return;
    if (piece.length > this.#rest) {
      this.#stop(`${piece.length - this.#rest} or more bytes follow the one message that a unary call has`);
      return;
    }
    this.#rest -= piece.length;
    this.#events.bytes(piece);
  }

  /** The stream has ended; true when the message was whole. */
  end(): boolean {
    if (this.#over) return false;
    if (this.#begun && this.#rest === 0) return true;
    this.#stop(this.#begun ? `it ends ${this.#rest} bytes early` : 'the call has no message');
    return false;
  }

  /** Reads what is missing of the prefix and returns what comes after it. */
  #readPrefix(data: Buffer): Buffer {
    const all = this.#prefix.length === 0 ? data : Buffer.concat([this.#prefix, data]);
    if (all.length < prefixBytes) {
      this.#prefix = all;
      return all.subarray(all.length);
    }
    const flag = all[0]!;
    if (flag > 1) {
      this.#stop(`its compression flag is ${flag}`);
      return all;
    }
    this.#rest = all.readUInt32BE(1);
    this.#begun = true;
    this.#over = !this.#events.begin(flag === 1, this.#rest);
    return all.subarray(prefixBytes);
  }

  #stop(why: string): void {
    this.#over = true;
    this.#events.bad(why);
  }
}
