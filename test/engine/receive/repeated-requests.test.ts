import { Deferred, Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { Overloaded } from '../../../src/engine/domain/errors.ts';
import { RepeatedRequests } from '../../../src/engine/receive/repeated-requests.ts';
import { tracesRequest } from '../../support/otlp-payloads.ts';
import { exportTraces, jsonType, oneGrpcCall, post, protobufType } from './support/clients.ts';
import { allAccepted, type Receivers, startReceivers } from './support/receivers.ts';

let receivers: Receivers;
afterEach(() => receivers?.stop());

const body = tracesRequest({ spans: 3 });
const send = (bytes: Uint8Array | string = body, signal = 'traces', headers: Record<string, string> = protobufType) =>
  post(`${receivers.http.url}/v1/${signal}`, bytes, headers).then((answer) => answer.status);
const repeated = () => receivers.intake.counters.snapshot().http.signals.traces.repeated;

describe('a request that its sender repeats', () => {
  test('is answered like the first, stored once and counted', async () => {
    receivers = await startReceivers({ repeats: 'drop' });
    expect([await send(), await send()]).toEqual([200, 200]);
    expect((await oneGrpcCall(receivers.grpc.url, exportTraces, body)).code).toBe(0);
    expect(receivers.received).toHaveLength(1);
    expect(repeated()).toBe(1);
    expect(receivers.intake.counters.snapshot().http.signals.traces).toMatchObject({ requests: 1, accepted: 1 });
  });

  test('while the first is not durable yet, waits for that', async () => {
    const durable = Deferred.makeUnsafe<void>();
    receivers = await startReceivers({
      repeats: 'drop',
      append: () => Effect.as(Deferred.await(durable), allAccepted),
    });
    const kinds: string[] = [];
    const payload = Buffer.from(body);
    const submission = { transport: 'http', signal: 'traces', encoding: 'protobuf', payload, wireBytes: 1 } as const;
    for (const _ of [1, 2]) receivers.intake.submit(submission, ({ kind }) => kinds.push(kind));
    await expect.poll(() => receivers.received.length).toBe(1);
    expect(kinds).toEqual([]);
    Effect.runSync(Deferred.succeed(durable, undefined));
    await expect.poll(() => kinds).toEqual(['taken', 'taken']);
    expect(receivers.received).toHaveLength(1);
  });

  test('after a refusal is taken', async () => {
    let full = true;
    const append = () =>
      full ? Effect.fail(new Overloaded({ reason: 'spool-full', retryAfterMs: 10 })) : Effect.succeed(allAccepted);
    receivers = await startReceivers({ repeats: 'drop', append });
    expect(await send()).toBe(503);
    full = false;
    expect(await send()).toBe(200);
    expect(receivers.received).toHaveLength(2);
  });
});

test('other bytes, another signal, JSON, and everything where repeats are kept are new requests', async () => {
  receivers = await startReceivers({ repeats: 'drop' });
  await send();
  await send(tracesRequest({ spans: 3, seed: 2 }));
  await send(body, 'logs');
  for (const _ of [1, 2]) await send('{"resourceSpans":[]}', 'traces', jsonType);
  expect(receivers.received).toHaveLength(5);
  await receivers.stop();
  receivers = await startReceivers({ repeats: 'keep' });
  for (const _ of [1, 2]) await send();
  expect(receivers.received).toHaveLength(2);
});

test('what is remembered is bounded in number and age', () => {
  let now = 0;
  const known = new RepeatedRequests(2, 100, () => now);
  const taken = { kind: 'taken', appended: allAccepted } as const;
  const take = (key: string): boolean => {
    const isRepeat = known.hear(key, () => {});
    if (!isRepeat) known.settle(key, taken);
    return isRepeat;
  };
  expect(['a', 'b', 'c', 'a'].map(take)).toEqual([false, false, false, false]);
  expect(take('c')).toBe(true);
  now = 101;
  expect(take('c')).toBe(false);
});
