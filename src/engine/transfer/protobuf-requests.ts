import { limits } from '../domain/limits.ts';
import type { Signal } from '../domain/signals.ts';
import { makeSignalEncoder } from '../otlp/signal-encoder.ts';

/**
 * What a file of one protobuf request is to be sent as: itself where a receiver takes it whole, else its resources apart,
 * as far as needed. An export of a large store is one request of many, since protobuf reads them back to back as one.
 */
export function requestsIn(content: Buffer, signal: Signal): readonly Buffer[] {
  const daysOf = readDays(signal);
  if (content.length <= limits.receive.bodyBytes && daysOf(content).size <= limits.otlp.daysPerRequest)
    return [content];
  const requests: Buffer[] = [];
  let [start, end] = [0, 0];
  let days: ReadonlySet<number> = new Set();
  for (const next of endsOfFields(content)) {
    const added = daysOf(content.subarray(end, next));
    const together = new Set([...days, ...added]);
    const isBeyond = next - start > mostBytes || together.size > limits.otlp.daysPerRequest;
    if (isBeyond && end > start) {
      requests.push(content.subarray(start, end));
      start = end;
      days = added;
    } else days = together;
    end = next;
  }
  // What is no such request is the receiver's to refuse.
  return end === content.length ? [...requests, content.subarray(start)] : [content];
}

/** Resources are sent together up to this size. */
const mostBytes = 1024 * 1024;

/** The days of a request's items, one more than it may have at most; none where it cannot be read. */
function readDays(signal: Signal): (request: Buffer) => ReadonlySet<number> {
  const encoder = makeSignalEncoder(signal, { ...limits.otlp, daysPerRequest: limits.otlp.daysPerRequest + 1 });
  return (request) => {
    try {
      encoder.append(request, 'protobuf', Date.now());
    } catch {
      return new Set();
    }
    const { days } = encoder;
    encoder.take();
    return days ?? new Set();
  };
}

/** Where the top-level fields end; stops early at what is none with a length. */
function* endsOfFields(content: Buffer): Generator<number> {
  let at = 0;
  while (at < content.length) {
    if ((content[at] ?? 0) !== resourceField) return;
    at += 1;
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = content[at] ?? 0;
      at += 1;
      length += (byte & 0x7f) * factor;
      if (byte < 0x80 || factor > 2 ** 35) break;
    }
    at += length;
    if (at > content.length) return;
    yield at;
  }
}

/** Field 1 with a length: `resource_spans`, `resource_logs`, `resource_metrics`. */
const resourceField = 0x0a;
