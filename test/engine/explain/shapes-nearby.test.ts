import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainTrace } from '../../../src/engine/explain/explain-trace.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { at, openExplainStore } from './real-store.ts';

/** What lies around a trace, read from a real store: each trouble in an hour of its own, after ten healthy minutes. */

interface Request {
  readonly ms?: number;
  readonly instance?: string;
  readonly tenant?: string;
  readonly bytes?: number;
  readonly lockMs?: number;
}

const request = (service: string, { ms = 30, instance = '1', tenant = 't1', bytes = 2000, lockMs = 3 }: Request = {}) =>
  drawSpans(`
    web: GET /${service}              server 0 +${ms + lockMs + 20}  service.instance.id=web-1
      web: GET /${service}            client 2 +${ms + lockMs + 14}
        ${service}: GET /${service}   server 4 +${ms + lockMs + 8}  service.instance.id=${service}-${instance} app.tenant=${tenant} http.response.body.size=${bytes}
          ${service}: UPDATE orders   client 6 +${lockMs} db.system.name=postgresql db.collection.name=orders service.instance.id=${service}-${instance}
  `);

const hourMs = 3_600_000;
const base = Math.floor(Date.now() / hourMs) * hourMs - 10 * hourMs;
const cases = ['queued', 'hot', 'grown', 'cold', 'starved', 'locked'] as const;
type Case = (typeof cases)[number];
const troubleAt = (name: Case): number => base + cases.indexOf(name) * hourMs + 600_000;
const traceId = (name: Case, n: number): string =>
  `${cases.indexOf(name) + 1}${n.toString(16)}`.padEnd(12, '0').padStart(32, 'a');
const asked = (name: Case): string => `${cases.indexOf(name) + 1}`.repeat(32);

let store: Awaited<ReturnType<typeof openExplainStore>>;

beforeAll(async () => {
  store = await openExplainStore();
  const instances = ['1', '2', '3'];
  const tenants = ['t1', 't2', 't3', 't4'];
  for (const name of cases) {
    const healthy = Array.from({ length: 240 }, (_, n) =>
      at(
        request(name, { ms: 30 + (n % 5), instance: instances[n % 3]!, tenant: tenants[n % 4]! }),
        troubleAt(name) - 600_000 + n * 2500,
        traceId(name, n),
      ),
    );
    const badly = (n: number): Request => {
      const usual = { instance: instances[n % 3]!, tenant: tenants[n % 4]! };
      if (name === 'queued') return { ...usual, ms: n % 3 === 0 ? 600 : 31 };
      if (name === 'hot') return { ...usual, ms: n % 4 === 0 ? 600 : 31 };
      if (name === 'grown') return { ...usual, ms: 600, bytes: 900_000 };
      if (name === 'starved') return { ...usual, instance: '1', ms: 600 };
      return usual;
    };
    const trouble = Array.from({ length: 48 }, (_, n) =>
      at(request(name, badly(n)), troubleAt(name) + n * 1250, traceId(name, n + 1000)),
    );
    await store.insertSpans([...healthy.flat(), ...trouble.flat()]);
  }
  const ask = (name: Case, made: Request) =>
    store.insertSpans(at(request(name, made), troubleAt(name) + 30_000, asked(name)));
  await ask('queued', { ms: 620 });
  await ask('hot', { ms: 620, instance: '2' });
  await ask('grown', { ms: 620, bytes: 950_000 });
  await ask('cold', { ms: 620, instance: '9' });
  await ask('starved', { ms: 620 });
  await ask('locked', { ms: 5, lockMs: 700 });
  await store.insertSpans(
    at(
      drawSpans('batch: UPDATE orders client 0 +2700 db.system.name=postgresql db.collection.name=orders'),
      troubleAt('locked') + 30_000 - 2000,
      'b'.repeat(32),
    ),
  );
  await store.insertGauges(
    Array.from({ length: 80 }, (_, n) => ({
      service: 'starved',
      metric: 'process.cpu.utilization',
      unixMs: troubleAt('starved') - 600_000 + n * 10_000,
      value: n >= 60 ? 0.99 : 0.3,
    })),
  );
});
afterAll(() => store.close());

const explained = (name: Case): Promise<Explanation> => store.run(explainTrace(asked(name)));

describe('what lies around a trace', () => {
  test.each([
    ['queued', 'instance-queue', { service: 'queued', instance: 'queued-1' }],
    ['hot', 'hot-key', { service: 'hot', operation: 'GET /hot' }],
    ['grown', 'payload-growth', { service: 'grown', operation: 'GET /grown' }],
    ['cold', 'cold-start', { service: 'cold', instance: 'cold-9' }],
    ['starved', 'cpu-throttling', { service: 'starved', instance: 'starved-1' }],
    ['locked', 'lock-wait', { service: 'locked', operation: 'UPDATE orders' }],
  ] as const)('%s: %s', async (name, shape, culprit) => {
    const explanation = await explained(name);
    expect(explanation.verdict).toMatchObject({ finding: shape, culprit });
    for (const { sql, rows, title } of explanation.findings.flatMap(({ evidence }) => evidence)) {
      expect(rows, title).not.toEqual([]);
      expect(await store.run(Effect.flatMap(QueryClient, (client) => client.rows(sql))), title).toEqual(rows);
    }
  });

  test('says nothing about a request that went as usual while others were slow', async () => {
    const { findings } = await store.run(explainTrace(traceId('queued', 1001)));
    expect(findings).toEqual([]);
  });
});
