import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyBuffers } from '../../../src/engine/receive/body-buffers.ts';
import { ReceiveCounters } from '../../../src/engine/receive/counters.ts';
import { protocolOf } from '../../../src/engine/receive/first-bytes.ts';
import { MessageFraming } from '../../../src/engine/receive/grpc/grpc-framing.ts';
import { parseGrpcTimeout, percentEncode } from '../../../src/engine/receive/grpc/grpc-status.ts';
import { hostCheck, originCheck } from '../../../src/engine/net/host-check.ts';
import { InFlightBytes } from '../../../src/engine/receive/in-flight-bytes.ts';
import { cutText } from '../../../src/engine/receive/otlp-answers.ts';

describe('the memory for all bodies', () => {
  test('whoever waits is served in order, and nobody overtakes', async () => {
    const bytes = new InFlightBytes(100);
    expect(bytes.tryReserve(80)).toBe(true);
    const order: string[] = [];
    bytes.wait(50, 1000, (granted) => order.push(`large ${granted}`));
    bytes.wait(10, 1000, (granted) => order.push(`small ${granted}`));
    expect(bytes.tryReserve(5)).toBe(false);
    bytes.release(20);
    expect(order).toEqual([]);
    bytes.release(60);
    expect([order, bytes.used]).toEqual([['large true', 'small true'], 60]);
  });

  test('who waits in vain or leaves makes room in the line', async () => {
    const bytes = new InFlightBytes(100);
    bytes.tryReserve(60);
    const refused = Promise.withResolvers<boolean>();
    const granted = Promise.withResolvers<boolean>();
    bytes.wait(90, 20, refused.resolve);
    const leave = bytes.wait(80, 1000, () => expect.unreachable());
    bytes.wait(40, 1000, granted.resolve);
    leave();
    expect([await refused.promise, await granted.promise, bytes.used]).toEqual([false, true, 100]);
  });
});

test('buffers come back, up to what is kept', () => {
  const buffers = new BodyBuffers(100_000);
  const first = buffers.take(20_000);
  expect(first.length).toBe(32_768);
  buffers.give(first);
  expect(buffers.take(30_000)).toBe(first);
  for (let i = 0; i < 10; i++) buffers.give(Buffer.alloc(32_768));
  expect(buffers.keptBytes).toBeLessThanOrEqual(100_000);
  const huge = buffers.take(5_000_001);
  buffers.give(huge);
  expect([huge.length, buffers.take(5_000_001) === huge]).toEqual([5_000_001, false]);
});

test('the message of a gRPC call comes out whole, however its bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(305)), (message, cuts) => {
      const data = Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), message]);
      data.writeUInt32BE(message.length, 1);
      const got: Buffer[] = [];
      const framing = new MessageFraming({
        begin: (compressed, length) => !compressed && length === message.length,
        bytes: (piece) => got.push(piece),
        bad: (why) => expect.unreachable(why),
      });
      const points = [0, ...cuts.map((cut) => Math.min(cut, data.length)).toSorted((a, b) => a - b), data.length];
      for (let i = 1; i < points.length; i++) framing.push(data.subarray(points[i - 1], points[i]));
      return framing.end() && Buffer.concat(got).equals(message);
    }),
  );
});

test('grpc-message is percent-encoded and grpc-timeout has eight digits and a unit', () => {
  expect(percentEncode('100 % größer\n')).toBe('100 %25 gr%C3%B6%C3%9Fer%0A');
  expect(['1H', '2M', '3S', '4m', '5000u', '6000000n'].map(parseGrpcTimeout)).toEqual([
    3_600_000, 120_000, 3000, 4, 5, 6,
  ]);
  expect(['', '1', 'S', '123456789S', '-1S', '1s'].map(parseGrpcTimeout)).toEqual(Array(6).fill(undefined));
});

test('text is cut at a character', () => {
  expect(cutText('short', 10)).toBe('short');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 10 }), (text) => {
      const cut = cutText(text, 8);
      return Buffer.byteLength(cut) <= 8 && text.startsWith(cut.slice(0, -1)) === true;
    }),
  );
});

test('the first bytes tell what a client speaks, and too few of them do not', () => {
  const cases: [string | number[], string | undefined][] = [
    ['', undefined],
    ['P', undefined],
    ['PRI * HTTP/', undefined],
    ['PRI * HTTP/2.0\r\n', 'http2'],
    ['PRIVATE / HT', 'http1'],
    ['POST /v1', 'http1'],
    [[0x16, 3, 1], 'tls'],
    [[0, 1, 2], 'unknown'],
  ];
  expect(cases.map(([bytes]) => protocolOf(Buffer.from(bytes as string)))).toEqual(
    cases.map(([, protocol]) => protocol),
  );
});

describe('who may be named in Host', () => {
  const judge = (bound: string, allowed: string[], hosts: (string | undefined)[]): boolean[] =>
    hosts.map(hostCheck(bound, allowed));

  test('on loopback: loopback and allowed names', () => {
    const yes = [
      'localhost',
      'LOCALHOST:1',
      'shop.localhost',
      '127.1.2.3:4318',
      '[::1]:4318',
      '::1',
      'my.box:80',
      undefined,
    ];
    expect(judge('127.0.0.1', ['My.Box'], yes)).toEqual(yes.map(() => true));
    const no = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.1', '[fe80::1]:1', ''];
    expect(judge('127.0.0.1', ['my.box'], no)).toEqual(no.map(() => false));
  });

  test('beyond loopback: any address, but still no foreign name', () => {
    expect(judge('0.0.0.0', [], ['192.168.1.1:4318', '[2001:db8::1]', 'localhost', 'evil.example'])).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('an Origin passes when its host does', () => {
    const origins = ['http://localhost:4318', 'https://127.0.0.1', 'null', 'http://evil.example', 'file://localhost/x'];
    expect(origins.map(originCheck(hostCheck('127.0.0.1', [])))).toEqual([true, true, false, false, false]);
  });
});

test('reasons beyond the counted ones are counted together', () => {
  const counters = new ReceiveCounters(2);
  for (const reason of ['a', 'b', 'c', 'd', 'a']) {
    counters.taken('grpc', 'logs', 1, 1, { accepted: 0, rejected: 1, reasons: new Map([[reason, 1]]), cut: 1 });
  }
  counters.refused('http', 'too-large');
  const { http, grpc } = counters.snapshot();
  expect(grpc.signals.logs).toMatchObject({ requests: 5, rejected: 5, cut: 5, rejectedBy: { a: 2, b: 1, other: 2 } });
  expect([http.refused, grpc.refused]).toEqual([{ 'too-large': 1 }, {}]);
});
