import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterAll, describe, expect, test } from 'vitest';
import { meaningOf, splitName } from '../../../../src/engine/cause/metrics/metric-names.ts';
import { rankCausesOf, type CauseAsk } from '../../../../src/engine/analyze/files/rank-causes.ts';
import { causeNotes, causesJson, renderCauses } from '../../../../src/engine/analyze/files/render-causes.ts';
import { seededRandom } from '../../../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'obs-causes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const run = (ask: CauseAsk) => Effect.runPromise(rankCausesOf(ask));
const failure = (ask: CauseAsk) => Effect.runPromise(Effect.flip(rankCausesOf(ask)));

const changed = 110;
const header = 'time,web_latency,web_requests,cart_latency,cart_requests,db_latency,db_requests,db_cpu';

/** 120 minutes; from the 110th on db is slow, and with it who waits for it. */
function rows(from: number, to: number, timed = true): string[] {
  const random = seededRandom(3);
  return Array.from({ length: to }, (_, row) => {
    const bad = row >= changed;
    const about = (value: number): number => value * (0.98 + 0.04 * random.unit());
    const cells = [about(bad ? 0.4 : 0.2), 100, about(bad ? 0.3 : 0.1), 100, about(bad ? 0.3 : 0.05), 100, about(30)];
    const time = new Date(Date.UTC(2026, 0, 31, 8, row)).toISOString();
    return (timed ? [time, ...cells] : cells).join(',');
  }).slice(from);
}

const metrics = file('metrics.csv', [header, ...rows(0, 120)].join('\n'));
const graph = file('graph.csv', 'caller,callee\nweb,cart\ncart,db\nlonely\n');

describe('obs rca over files', () => {
  test('calls are followed from the target, and lines that are no call are named', async () => {
    const answer = await run({ metrics, graph, target: 'web', at: '2026-01-31T09:50:00Z' });
    expect(answer.ranking.method).toBe('calls');
    expect(answer.ranking.entities[0]).toMatchObject({ name: 'db', metric: 'db_latency' });
    expect(causeNotes(answer).join('\n')).toContain('line 4: no caller and callee');
    const text = renderCauses(answer, 10, 80);
    expect(text).toMatch(/1 {2}db +db_latency +\S+ {2}2026-01-31T09:50:00Z/);
    expect(text).toContain("of the alarm's latency passes through it");
    expect(JSON.parse(JSON.stringify(causesJson(answer)))).toMatchObject({
      method: 'calls',
      alarm: { entity: 'web', kind: 'latency' },
      alarmUnixMs: Date.UTC(2026, 0, 31, 9, 50),
      entities: [{ rank: 1, entity: 'db', onset: { at: Date.UTC(2026, 0, 31, 9, 50) } }, {}, {}],
    });
  });

  test('a matrix says the same as a list of calls', async () => {
    const matrix = file('matrix.csv', ',web,cart,db\nweb,0,1,0\ncart,0,0,1.0\ndb,0,0,0\nbad,0,x,0\n');
    const answer = await run({ metrics, graph: matrix, target: 'web', at: '2026-01-31T09:50:00Z' });
    expect(answer.ranking.entities[0]?.name).toBe('db');
    expect(causeNotes(answer).join('\n')).toContain('line 5: cart: "x" is no number');
  });

  test('without a time the change is found, without times rows are counted', async () => {
    const untimed = file('untimed.csv', [header.replace('time,', ''), ...rows(0, 120, false)].join('\n'));
    const answer = await run({ metrics: untimed, graph, target: 'web' });
    expect(answer.timed).toBe(false);
    expect(answer.alarmAt).toBe(changed + 1);
    expect(answer.ranking.entities[0]?.name).toBe('db');
    expect(renderCauses(answer, 1, 80)).toContain(`row ${changed + 1}`);
    const asked = await run({ metrics: untimed, graph, target: 'web', at: String(changed + 1) });
    expect(asked.ranking.entities).toEqual(answer.ranking.entities);
  });

  test('usual values may have a file of their own, and without a graph each entity is judged by itself', async () => {
    const normal = file('normal.csv', [header, ...rows(0, changed)].join('\n'));
    const during = file('during.csv', [header, ...rows(changed, 120)].join('\n'));
    const answer = await run({ metrics: during, normal });
    expect(answer.ranking.method).toBe('deviations');
    expect(answer.ranking.metrics[0]?.metric).toBe('db_latency');
  });

  test('where nothing changed that is said', async () => {
    const calm = file('calm.csv', [header, ...rows(0, 100)].join('\n'));
    expect(causeNotes(await run({ metrics: calm })).join('\n')).toContain('No lasting change was found');
  });

  describe('the time of a row is no metric, whatever its column counts', () => {
    const untimed = rows(0, 120, false);
    const names = header.replace('time,', '');
    /** The file with a column called `time` in front, in which a row has the time that `of` gives it. */
    const called = (time: string, of: (row: number) => string | number) =>
      file('called.csv', [`${time},${names}`, ...untimed.map((row, at) => `${of(at)},${row}`)].join('\n'));
    const ranked = async (ask: CauseAsk) => (await run(ask)).ranking.entities.map(({ name }) => name);
    const rightly = ['db', 'cart', 'web'];
    const start = Date.UTC(2026, 0, 31, 8);

    test.each(['time', 'Timestamp', '@timestamp', 'ts', 'date', 'DateTime', 't'])(
      '%s: steps, seconds of a run, Unix seconds and dates',
      async (name) => {
        for (const of of [
          (row: number) => row + 1,
          (row: number) => row * 0.5,
          (row: number) => start / 1000 + row * 60,
          (row: number) => new Date(start + row * 60_000).toISOString(),
        ]) {
          expect(await ranked({ metrics: called(name, of) })).toEqual(rightly);
        }
      },
    );

    test('a second time beside the first is left out too', async () => {
      const both = called('time,ts', (row) => `${new Date(start + row * 60_000).toISOString()},${row + 1}`);
      expect(await ranked({ metrics: both })).toEqual(rightly);
    });

    test('rows stay steps in the order that it counts', async () => {
      const ordered = await run({ metrics: called('time', (row) => row + 1) });
      expect(ordered).toMatchObject({ timed: false, alarmAt: changed + 1 });
      const [head, ...lines] = [`time,${names}`, ...untimed.map((row, at) => `${at + 1},${row}`)];
      const backwards = file('backwards.csv', [head, ...lines.toReversed()].join('\n'));
      expect((await run({ metrics: backwards })).ranking).toEqual(ordered.ranking);
    });

    test('a file of times alone is refused', async () => {
      const { why } = await failure({ metrics: file('times.csv', 'time,ts\n1,1\n2,2\n') });
      expect(why).toBe('its columns of numbers are times: time, ts');
    });
  });

  test.each([
    [{ metrics, target: 'nobody' }, 'the entities are: web, cart, db'],
    [{ metrics, at: '2020-01-01T00:00:00Z' }, 'no row lies before it'],
    [{ metrics, at: '2027-01-01T00:00:00Z' }, 'no row lies behind it'],
    [{ metrics, at: 'noon' }, 'it is no time'],
    [{ metrics, graph: '/nowhere.csv' }, 'there is no such file'],
    [{ metrics: '/nowhere.csv' }, 'there is no such file'],
  ])('%o is refused with the reason', async (ask, why) => {
    expect((await failure(ask)).why).toContain(why);
  });
});

describe('names of columns', () => {
  test.each([
    ['carts-db_cpu', 'carts-db', 'cpu', 'cpu'],
    ['front-end_lat_90', 'front-end', 'lat_90', 'latency'],
    ['orders.request.duration', 'orders', 'request.duration', 'latency'],
    ['user/error_rate', 'user', 'error_rate', 'errors'],
    ['user_service_memory_bytes', 'user_service', 'memory_bytes', 'memory'],
    ['container_cpu_usage{container="cart",pod="cart-1"}', 'cart-1', 'container_cpu_usage', 'cpu'],
    ['queue_depth', 'queue', 'depth', 'other'],
    ['temperature', 'temperature', 'temperature', 'other'],
  ])('%s', (name, entity, metric, kind) => {
    expect(splitName(name)).toEqual({ entity, metric });
    expect(meaningOf(metric).kind).toBe(kind);
  });

  test('entities of a graph keep their names, the longest first', () => {
    expect(splitName('a_cpu_svc_requests', ['a', 'a_cpu_svc'])).toEqual({ entity: 'a_cpu_svc', metric: 'requests' });
  });

  test('availability is what is left of errors', () => {
    expect(meaningOf('availability')).toEqual({ kind: 'errors', good: true, ratio: true });
  });
});
