import { Effect, Fiber, Stream } from 'effect';
import { startQueryEndpoint } from '../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../src/engine/store/http-query-client.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followAnomalies, followIncidents } from '../../../../src/engine/analyze/incidents/follow.ts';
import { createIncidents } from '../../../../src/engine/analyze/incidents/incidents.ts';
import { noteIncident } from '../../../../src/engine/analyze/incidents/note-incident.ts';
import { anomalyRow, incidentRow } from '../../../../src/engine/analyze/incidents/incident-rows.ts';
import { findIncident } from '../../../../src/engine/analyze/incidents/show-incident.ts';
import {
  openEdges,
  readAnomalies,
  readHistory,
  readIncidents,
  storeAnomalies,
  storeIncidents,
} from '../../../../src/engine/analyze/incidents/store-incidents.ts';
import { hasFailing } from '../../../../src/engine/analyze/incidents/failing.ts';
import { describeWatched, readWatched, warnOfOld } from '../../../../src/engine/analyze/incidents/watched.ts';
import { anomaly, hostAnomaly, incident, minute, t0 } from './support/drawn.ts';
import { type IncidentStore, openIncidentStore } from './support/incident-store.ts';

const hour = 60 * minute;
const range = (fromMinutes: number, toMinutes: number) => ({
  fromMs: t0 + fromMinutes * minute,
  toMs: t0 + toMinutes * minute,
  limit: 100,
});

describe('anomalies and incidents in a real engine', () => {
  let store: IncidentStore;
  beforeAll(async () => {
    store = await openIncidentStore();
  });
  afterAll(() => store.close());

  test('an empty store says that no analyzer has run', async () => {
    expect(await store.run(readAnomalies(range(-60, 60)))).toEqual([]);
    expect(await store.run(openEdges(t0))).toEqual([]);
    expect(await store.run(readHistory(t0))).toEqual([]);
    const watched = await store.run(readWatched());
    expect(describeWatched(watched, t0)).toEqual([expect.stringContaining('No analyzer has run')]);
    expect(await store.run(storeAnomalies([]))).toBeUndefined();
  });

  test('what is stored comes back as it was, whatever its texts hold', async () => {
    const evil = "o'brien \\ \n {x:String} \u001b[2J 日本";
    const full = { ...anomaly('payment', { to: 5, carriers: [{ feature: evil, share: 0.25 }] }), summary: evil };
    const open = { ...hostAnomaly('db-1', { from: 2, severity: 'critical' }), startMs: t0 + 2 * minute + 123 };
    await store.run(storeAnomalies([full, open]));
    expect(await store.run(readAnomalies(range(-60, 60)))).toEqual([open, full]);
    const one = incident({
      summary: evil,
      services: [evil, 'b'],
      fingerprint: { [evil]: 0.6, __proto__x: 0.8 },
      endMs: t0 + hour,
    });
    await store.run(storeIncidents([one]));
    expect(await store.run(readIncidents(range(-60, 60)))).toEqual([one]);
  });

  test('the same id again takes the place of what was there, also when it turns out to have begun earlier', async () => {
    await store.run(storeAnomalies([anomaly('search', { id: 'x', from: 10 })]));
    await store.run(storeAnomalies([anomaly('search', { id: 'x', from: 9, to: 30, severity: 'critical' })]));
    const found = await store.run(readAnomalies({ ...range(-60, 60), service: 'search' }));
    expect(found).toMatchObject([{ id: 'x', startMs: t0 + 9 * minute, endMs: t0 + 30 * minute, severity: 'critical' }]);
  });

  test('a range finds what went on in it, by service, severity and whether it goes on', async () => {
    const ids = async (more: object): Promise<readonly string[]> =>
      (await store.run(readAnomalies({ ...range(-60, 60), ...more }))).map(({ id }) => id);
    expect(await ids({})).toEqual(['x', 'db-1@2', 'payment@0']);
    expect(await ids({ fromMs: t0 + 6 * minute })).toEqual(['x', 'db-1@2']);
    expect(await ids({ toMs: t0 + minute })).toEqual(['payment@0']);
    expect(await ids({ fromMs: t0 + 5 * hour, toMs: t0 + 6 * hour })).toEqual(['db-1@2']);
    expect(await ids({ openOnly: true })).toEqual(['db-1@2']);
    expect(await ids({ minSeverity: 'critical' })).toEqual(['x', 'db-1@2']);
    expect(await ids({ service: "nobody' OR 1" })).toEqual([]);
    expect(await ids({ limit: 1 })).toEqual(['x']);
  });

  test('an incident that went into another is found by its id alone', async () => {
    await store.run(storeIncidents([incident({ id: 'dead0001', anomalyIds: [], fingerprint: {}, endMs: t0 })]));
    expect((await store.run(readIncidents(range(-60, 60)))).map(({ id }) => id)).not.toContain('dead0001');
    expect((await store.run(readHistory(t0 + hour))).map(({ id }) => id)).not.toContain('dead0001');
    expect(await store.run(findIncident('DEAD'))).toMatchObject({ incident: { id: 'dead0001' }, anomalies: [] });
  });

  test('an incident is shown with its anomalies in order of time', async () => {
    await store.run(
      storeIncidents([incident({ id: 'beef0001', anomalyIds: ['x', 'payment@0'], startMs: t0 + minute })]),
    );
    const { anomalies } = await store.run(findIncident('beef'));
    expect(anomalies.map(({ id }) => id)).toEqual(['payment@0', 'x']);
    const unknown = await store.run(Effect.flip(findIncident('ffff')));
    expect(unknown).toMatchObject({ _tag: 'BadInput', hint: expect.stringContaining('beef0001') });
  });

  describe('notes', () => {
    test('a note is kept, shown to later incidents, and survives what the analyzer writes afterwards', async () => {
      const result = await store.run(noteIncident('1f3a', ' pool exhaustion in payment ', Date.now()));
      expect(result).toEqual({
        ok: true,
        lines: ['Noted of incident 1f3a9c02, 2026-11-02 14:00:00: pool exhaustion in payment'],
      });
      await store.run(storeIncidents([incident({ severity: 'critical' })]));
      const [stored] = await store.run(readIncidents({ ...range(-60, 60), minSeverity: 'critical' }));
      expect(stored).toMatchObject({ id: '1f3a9c02', severity: 'critical', note: 'pool exhaustion in payment' });
      const [newest] = await store.run(readHistory(t0 + hour));
      expect(newest).toMatchObject({ id: '1f3a9c02', note: 'pool exhaustion in payment' });
    });

    test('a row that was written by a clock that runs ahead is replaced all the same', async () => {
      expect((await store.run(noteIncident('1f3a', 'something else', 1000))).ok).toBe(true);
      expect((await store.run(findIncident('1f3a'))).incident.note).toBe('something else');
    });

    test('an unknown or ambiguous id changes nothing and says what there is', async () => {
      await store.run(storeIncidents([incident({ id: '1f3b0000' })]));
      const ambiguous = await store.run(noteIncident('1f', 'x', Date.now()));
      expect(ambiguous).toMatchObject({ ok: false });
      expect(ambiguous.lines.join('\n')).toMatch(/more than one.*1f3a9c02.*1f3b0000/s);
      for (const prefix of ['abcd', '', "' OR 1=1 --", '%']) {
        const unknown = await store.run(noteIncident(prefix, 'x', Date.now()));
        expect(unknown.ok).toBe(false);
        expect(unknown.lines.join('\n')).toContain('beef0001');
      }
      const long = await store.run(Effect.flip(noteIncident('1f3b', 'x'.repeat(3000), Date.now())));
      expect(long).toMatchObject({ _tag: 'BadInput', why: expect.stringContaining('3,000 characters') });
      expect((await store.run(findIncident('1f3b'))).incident.note).toBe('');
    });

    test('an empty note takes it away', async () => {
      expect(await store.run(noteIncident('1f3a9c02', '', Date.now()))).toMatchObject({ ok: true });
      expect((await store.run(findIncident('1f3a'))).incident.note).toBe('');
    });

    test('what was noted comes with the next incident that is like it', async () => {
      const first = createIncidents(null).push({ anomalies: [anomaly('mail')], edges: [], history: [], nowMs: t0 })[0]!;
      await store.run(storeIncidents([{ ...first, startMs: t0 - 30 * 24 * hour }]));
      await store.run(noteIncident(first.id, 'the relay was full', Date.now()));
      const history = await store.run(readHistory(t0));
      const again = [anomaly('mail', { id: 'another', from: 1 })];
      const [second] = createIncidents(null).push({ anomalies: again, edges: [], history, nowMs: t0 });
      expect(second!.similar).toMatchObject([{ id: first.id, note: 'the relay was full' }]);
    });
  });

  describe('what the features say', () => {
    const row = (Kind: string, ServiceName: string, Subject: string, ago: number, Seconds = 60) => ({
      Time: (t0 - ago * minute) / 1000,
      Seconds,
      Kind,
      ServiceName,
      Subject,
      Values: { calls: 1 },
      Marks: [],
    });
    beforeAll(() =>
      store.insert('obs_features', [
        row('edge', 'checkout', 'payment', 5),
        row('edge', 'checkout', 'payment', 6),
        row('edge', 'payment', 'ledger', 59),
        row('edge', 'old', 'gone', 61),
        row('edge', 'fine', 'windows', 5, 10),
        row('service', 'checkout', '', 5),
        row('service', 'payment', '', 5),
        row('service', 'gone', '', 3000),
        // Watched for less than a minute; and obs itself, which nobody asked to have watched.
        row('service', 'just-come', '', 5, 10),
        row('service', 'obs', '', 5),
        row('host', '', 'db-1', 5),
      ]),
    );

    test('calls of the last hour, each once', async () => {
      expect(await store.run(openEdges(t0))).toEqual([
        { caller: 'checkout', callee: 'payment' },
        { caller: 'payment', callee: 'ledger' },
      ]);
    });

    test('what is watched, and since when', async () => {
      const watched = await store.run(readWatched());
      expect(describeWatched(watched, t0)).toEqual([
        'Watched: 3 services and 1 host, since 2026-10-31 12:00:00 (UTC).',
      ]);
      expect(describeWatched(watched, t0 + hour).join('\n')).toMatch(
        /until 2026-11-02 13:55:00.*No analyzer runs now/s,
      );
      expect(warnOfOld(watched, t0)).toEqual([]);
      expect(warnOfOld(watched, t0 + hour).join('\n')).toMatch(
        /Nobody looked since 2026-11-02 13:55:00 \(UTC\).*what is open here is what was open then.*No analyzer runs/s,
      );
      expect(warnOfOld(watched, t0 + hour, true).join('\n')).toContain('switched off');
      expect(describeWatched({ ...watched, sinceMs: null, untilMs: null }, t0, true)).toEqual([
        expect.stringContaining('switched off'),
      ]);
    });
  });

  test('one critical before a hundred newer ones is found all the same', async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...anomaly('crowd', { id: `crowd${index}`, severity: 'info', to: 40 }),
      startMs: t0 + index,
    }));
    await store.run(
      storeAnomalies([...many, anomaly('crowd', { id: 'worst', from: -1, to: 1, severity: 'critical' })]),
    );
    const crowd = { ...range(-60, 60), service: 'crowd' };
    expect((await store.run(readAnomalies(crowd))).every(({ severity }) => severity === 'info')).toBe(true);
    const failing = (least?: 'critical' | 'warning', more: object = {}): Promise<boolean> =>
      store.run(hasFailing(readAnomalies, { ...crowd, ...more }, least));
    expect(await failing('critical')).toBe(true);
    expect(await failing()).toBe(false);
    expect(await failing('warning', { fromMs: t0 + 30 * minute })).toBe(false);
    expect(await failing('warning', { openOnly: true })).toBe(false);
  });

  describe('what nobody continues', () => {
    const now = Math.floor(Date.now() / 10_000) * 10_000;
    const at = (service: string, ago: number) => ({
      ...anomaly(service, { id: `${service}-open`, severity: 'critical' }),
      startMs: now - ago * minute,
      peakMs: now - ago * minute,
    });
    const recent = { fromMs: now - 60 * minute, toMs: now + minute, limit: 100 };
    beforeAll(async () => {
      await store.insert('obs_features', [
        {
          Time: (now - 10_000) / 1000,
          Seconds: 10,
          Kind: 'service',
          ServiceName: 'x',
          Subject: '',
          Values: {},
          Marks: [],
        },
      ]);
      const written = (anomalyNow: ReturnType<typeof at>, ago: number) => ({
        ...anomalyRow(anomalyNow),
        Version: now - ago * minute,
      });
      await store.insert('obs_anomalies', [
        written(at('left', 50), 30),
        written(at('lively', 50), 0),
        written(at('old', 300), 200),
      ]);
      // Neither incident changed since; the anomaly of one is written again and again.
      const of = (id: string, services: readonly string[], anomalyIds: readonly string[]) => ({
        ...incidentRow(incident({ id, services, anomalyIds, startMs: now - 50 * minute, severity: 'critical' })),
        Version: now - 49 * minute,
      });
      await store.insert('obs_incidents', [
        of('1e470000', ['left'], ['left-open']),
        of('11e10000', ['lively'], ['lively-open']),
      ]);
    });

    test('is not open, and says when it was heard of last', async () => {
      const read = (service: string, more: object = {}) => store.run(readAnomalies({ ...recent, service, ...more }));
      expect(await read('lively')).toEqual([at('lively', 50)]);
      expect(await read('left')).toEqual([{ ...at('left', 50), unheardSinceMs: now - 30 * minute }]);
      expect(await read('left', { openOnly: true })).toEqual([]);
      expect(await read('lively', { openOnly: true })).toHaveLength(1);
      expect(await store.run(hasFailing(readAnomalies, { ...recent, service: 'left' }, 'info'))).toBe(false);
      expect(await store.run(hasFailing(readAnomalies, { ...recent, service: 'lively' }, 'info'))).toBe(true);
      // It is no part of a time in which nobody heard of it.
      expect(await read('old')).toEqual([]);
      expect(await read('old', { fromMs: now - 250 * minute })).toHaveLength(1);
    });

    test('an incident is heard of through its anomalies', async () => {
      const read = (service: string, more: object = {}) => store.run(readIncidents({ ...recent, service, ...more }));
      expect(await read('lively', { openOnly: true })).toMatchObject([{ id: '11e10000', endMs: null }]);
      expect((await read('lively'))[0]).not.toHaveProperty('unheardSinceMs');
      expect(await read('left', { openOnly: true })).toEqual([]);
      expect(await read('left')).toMatchObject([{ id: '1e470000', unheardSinceMs: now - 30 * minute }]);
    });

    test('a note on it does not have it go on', async () => {
      expect(await store.run(noteIncident('1e47', 'nobody knows', Date.now()))).toMatchObject({ ok: true });
      expect(await store.run(readIncidents({ ...recent, service: 'left', openOnly: true }))).toEqual([]);
      expect((await store.run(findIncident('1e47'))).incident).toMatchObject({ endMs: now - 30 * minute });
    });
  });

  test('following goes on when the engine was away for a while, and says both once', async () => {
    const now = Date.now();
    const found = (id: string) => ({ ...anomaly('away', { id }), startMs: now, peakMs: now });
    await store.run(storeAnomalies([found('before')]));
    const seen: string[] = [];
    const said: string[] = [];
    const until = (what: () => boolean) => Effect.repeat(Effect.sleep(20), { until: what });
    const follow = (url: string) =>
      followAnomalies({ fromMs: now - minute, service: 'away', limit: 10 }, (words) => said.push(words), 50).pipe(
        Stream.runForEach((each) => Effect.sync(() => seen.push(each.found.id))),
        Effect.provide(httpQueryClient({ endpoint: url })),
      );
    const serving = <A, E, R>(port: number, during: (url: string) => Effect.Effect<A, E, R>) =>
      Effect.scoped(Effect.flatMap(startQueryEndpoint({ host: '127.0.0.1', port }), ({ url }) => during(url)));
    await store.run(
      Effect.gen(function* () {
        const first = yield* serving(0, (url) =>
          Effect.gen(function* () {
            const following = yield* Effect.forkDetach(follow(url));
            yield* until(() => seen.length === 1);
            return { following, port: Number(new URL(url).port) };
          }),
        );
        yield* until(() => said.length === 1);
        yield* Effect.sleep(200);
        yield* storeAnomalies([found('meanwhile')]);
        yield* serving(first.port, () => until(() => seen.length === 2));
        yield* Fiber.interrupt(first.following);
      }),
    );
    expect(seen).toEqual(['before', 'meanwhile']);
    expect(said).toEqual([expect.stringContaining('gone'), expect.stringContaining('back')]);
  });

  test('following shows what is there, then what is found, gets worse and ends, each once', async () => {
    const now = Date.now();
    const at = (ms: number, more: object = {}) => ({
      ...anomaly('fresh', { id: 'f1' }),
      startMs: now + ms,
      peakMs: now + ms,
      ...more,
    });
    await store.run(storeAnomalies([at(-60_000)]));
    const seen: string[] = [];
    const done = Effect.gen(function* () {
      const follow = { fromMs: now - 10 * minute, service: 'fresh', limit: 10 };
      const watching = yield* followAnomalies(follow, undefined, 50).pipe(
        Stream.tap(({ news, found }) => Effect.sync(() => seen.push(`${found.id} ${news}`))),
        Stream.take(4),
        Stream.runDrain,
        Effect.forkChild,
      );
      const shown = (count: number) => Effect.repeat(Effect.sleep(20), { until: () => seen.length >= count });
      yield* shown(1);
      yield* storeAnomalies([at(-60_000, { score: 7 }), { ...at(-1000), id: 'f2' }]);
      yield* shown(2);
      yield* storeAnomalies([at(-60_000, { severity: 'critical' })]);
      yield* shown(3);
      yield* storeAnomalies([at(-60_000, { severity: 'critical', endMs: now })]);
      yield* Fiber.join(watching);
    });
    await store.run(done);
    expect(seen).toEqual(['f1 found', 'f2 found', 'f1 worse', 'f1 ended']);
  });

  test('following incidents tells of another service', async () => {
    const now = Date.now();
    const one = incident({ id: 'f0110000', startMs: now, services: ['fresh'] });
    await store.run(storeIncidents([one]));
    const seen: string[] = [];
    await store.run(
      Effect.gen(function* () {
        const watching = yield* followIncidents(
          { fromMs: now - minute, service: 'fresh', limit: 10 },
          undefined,
          50,
        ).pipe(
          Stream.tap(({ news }) => Effect.sync(() => seen.push(news))),
          Stream.take(2),
          Stream.runDrain,
          Effect.forkChild,
        );
        yield* Effect.repeat(Effect.sleep(20), { until: () => seen.length >= 1 });
        yield* storeIncidents([{ ...one, services: ['fresh', 'wider'] }]);
        yield* Fiber.join(watching);
      }),
    );
    expect(seen).toEqual(['found', 'wider']);
  });
});
