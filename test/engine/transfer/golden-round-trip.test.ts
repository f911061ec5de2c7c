import { Effect, Stream } from 'effect';
import { describe, expect, test } from 'vitest';
import { signals } from '../../../src/engine/domain/signals.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { exportTelemetry } from '../../../src/engine/transfer/export.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';
import { everyFieldRequest } from '../../support/every-field.ts';
import { itemsOf } from '../../support/otlp-items.ts';
import { protobufOfJson } from '../../support/otlp-proto.ts';

describe('what goes in through OTLP comes out of an export equal, field by field', () => {
  test('in every field of every signal, as JSON and as protobuf (10,000 requests: npm run fault:roundtrip)', async () => {
    await using daemon = await startTestDaemon();
    const now = Date.now();
    const sent = { traces: new Array<string>(), logs: new Array<string>(), metrics: new Array<string>() };
    for (let seed = 0; seed < 15; seed++) {
      for (const signal of signals) {
        const request = everyFieldRequest(signal, seed, now);
        const body = seed % 2 === 0 ? JSON.stringify(request) : protobufOfJson(signal, request);
        expect(await daemon.send(signal, body)).toBe(200);
        sent[signal].push(...itemsOf(signal, request));
      }
    }
    await daemon.eventually(async () => {
      const { stored } = await daemon.status();
      return stored !== null && signals.every((signal) => stored[signal] === sent[signal].length);
    });
    const client = httpQueryClient({ endpoint: daemon.state.endpoints.query });
    for (const signal of signals) {
      const range = { sinceUnixMs: now - 86_400_000, untilUnixMs: now + 86_400_000 };
      const requests = exportTelemetry({ ...range, signals: [signal], encoding: 'json' });
      const lines = await Effect.runPromise(Stream.runCollect(requests).pipe(Effect.provide(client)));
      const got = [...lines].flatMap((line) => itemsOf(signal, JSON.parse(Buffer.from(line).toString()) as object));
      // By now obs may have reported on itself.
      const ofSenders = got.filter((item) => !item.includes('"obs/daemon"'));
      expect(ofSenders.sort()).toEqual(sent[signal].sort());
    }
  });
});
