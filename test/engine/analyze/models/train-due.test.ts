import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listModels, showModel } from '../../../../src/engine/analyze/models/registry.ts';
import { trainDue } from '../../../../src/engine/analyze/models/train-due.ts';
import { openVotes } from '../../../../src/engine/analyze/models/votes.ts';
import type { FeatureRow } from '../../../../src/engine/domain/feature-row.ts';
import { type ModelStore, openModelStore } from './support/model-store.ts';
import { byWindow, type Oddity, shopRows, stepMs } from './support/shop.ts';

const windows = 2160;
const nowMs = Math.floor(Date.now() / 600_000) * 600_000;
const startMs = nowMs - windows * stepMs;
const at = (window: number): number => startMs + window * stepMs;

describe('models of services, trained from stored features', () => {
  let store: ModelStore;
  beforeAll(async () => {
    store = await openModelStore();
  });
  afterAll(() => store.close());

  const learn = async (service: string, seed: number, oddities: readonly Oddity[] = []): Promise<void> =>
    store.insertFeatures(shopRows({ service, seed, windows, startMs, oddities }));

  /** The highest linear score in each of some stretches of windows. */
  const highest = (rows: readonly FeatureRow[], stretches: readonly (readonly [from: number, to: number])[]) =>
    store.run(
      Effect.scoped(
        Effect.gen(function* () {
          const votes = yield* openVotes;
          yield* votes.refresh;
          const scores: number[] = [];
          const carriers: string[][] = [];
          for (const window of byWindow(rows)) {
            const said = (yield* Effect.promise(() => votes.of(window))).find(({ family }) => family === 'linear');
            scores.push(said?.error ?? 0);
            carriers.push(said?.carriers.map(({ feature }) => feature) ?? []);
          }
          return {
            scores: stretches.map(([from, to]) => Math.max(...scores.slice(from, to))),
            carriers: carriers[stretches.at(-1)![1] - 1]!,
          };
        }),
      ),
    );

  /** Two hours to come; in the second one the combination is wrong for ten minutes. */
  const later = (service: string) =>
    shopRows({
      service,
      seed: 99,
      windows: 720,
      startMs: nowMs,
      oddities: [{ from: 660, to: 720, what: 'backwards' }],
    });

  test('a service is learned when there is enough of it, and what is wrong together is then told by the features', async () => {
    await learn('cart', 1);
    const reports = await store.run(trainDue(nowMs, null));
    expect(reports.map(({ scope, why }) => [scope, why])).toEqual([['cart', 'first']]);
    expect(reports[0]!.models.find(({ family }) => family === 'linear')).toMatchObject({ takesOver: true });
    // Not once more without anything new.
    expect(await store.run(trainDue(nowMs, null))).toEqual([]);
    const { scores, carriers } = await highest(later('cart'), [
      [0, 660],
      [660, 720],
    ]);
    expect(scores[0]).toBeLessThan(5);
    expect(scores[1]).toBeGreaterThan(3 * scores[0]!);
    expect(carriers.some((feature) => ['p50_ms', 'errors', 'p95_ms', 'logs_error'].includes(feature))).toBe(true);
    const linear = (await store.run(listModels('cart', false))).find(({ family }) => family === 'linear');
    const { report } = await store.run(showModel(linear!.id));
    expect(report!.windows).toEqual({ found: windows, learned: 1728, heldBack: 432, leftOut: {} });
    expect(report!.candidate!.found).toBeGreaterThan(0.4);
    expect(report!.candidate!.control).toBeLessThan(0.1);
  });

  describe('an incident of half an hour, in which each value is one of everyday, is not learned', () => {
    // At the turns of the tide, where backwards is furthest from forwards.
    const incident = { from: 1000, to: 1160, what: 'backwards' } as const;

    test('where it was found as an anomaly: its windows are left out, with a margin', async () => {
      await learn('known', 2, [incident]);
      await store.insertAnomaly({ id: 'a1', service: 'known', startMs: at(1000), endMs: at(1160) }, nowMs);
      const [report] = await store.run(trainDue(nowMs, 'known'));
      const { report: shown } = await store.run(showModel(report!.models[0]!.id));
      expect(shown!.windows.leftOut).toEqual({ anomaly: 160 + 2 * 30 });
      expect(shown!.stretches).toEqual([{ fromMs: at(1000), toMs: at(1160), why: 'anomaly' }]);
      await tellsIt('known');
    });

    test('where nobody found it: its windows stand far out of the bulk', async () => {
      await learn('unknown', 2, [incident]);
      const [report] = await store.run(trainDue(nowMs, 'unknown'));
      const { report: shown } = await store.run(showModel(report!.models[0]!.id));
      const [far] = shown!.stretches;
      expect(far!.why).toBe('far');
      expect(far!.fromMs).toBeGreaterThanOrEqual(at(1000 - 12));
      expect(far!.toMs).toBeLessThanOrEqual(at(1160 + 20));
      const left = shown!.windows.leftOut['far']!;
      expect(left).toBeGreaterThan(100);
      expect(left).toBeLessThanOrEqual(192);
      await tellsIt('unknown');
    });

    test('and where it goes on, nothing is learned at all', async () => {
      await learn('ongoing', 3);
      await store.insertAnomaly({ id: 'a2', service: 'ongoing', startMs: at(2100), endMs: null }, nowMs);
      expect(await store.run(trainDue(nowMs, null))).toEqual([]);
      const [asked] = await store.run(trainDue(nowMs, 'ongoing'));
      expect(asked).toMatchObject({ models: [], skipped: expect.stringContaining('goes on') });
      // Its analyzer was stopped: what it left open has ended for all we know.
      const muchLater = nowMs + 2 * 3_600_000;
      const [again] = await store.run(trainDue(muchLater, 'ongoing'));
      expect(again!.models.length).toBe(2);
    });

    const tellsIt = async (service: string): Promise<void> => {
      const { scores } = await highest(later(service), [
        [0, 660],
        [660, 720],
      ]);
      expect(scores[1]).toBeGreaterThan(3 * scores[0]!);
    };
  });

  test('windows after a restart, and those with gaps or worked out late, are left out and counted', async () => {
    const marks = { 500: ['restart'], 700: ['gap'], 701: ['late'], 900: ['deploy', 'late'] } as const;
    await store.insertFeatures(shopRows({ service: 'marked', seed: 4, windows, startMs, marks }));
    const [report] = await store.run(trainDue(nowMs, 'marked'));
    const { report: shown } = await store.run(showModel(report!.models[0]!.id));
    expect(shown!.windows.leftOut).toEqual({ restart: 12, gap: 1, late: 1, deploy: 12 });
  });

  test('features that have nothing to do with each other have no combination to be wrong: no vote', async () => {
    const random = shopRows({ service: 'noise', seed: 5, windows, startMs });
    const names = ['calls', 'errors', 'p50_ms', 'logs', 'cpu', 'memory_bytes'];
    let state = 12345;
    const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
    const rows = random
      .filter(({ kind }) => kind === 'service')
      .map((row) => ({ ...row, values: Object.fromEntries(names.map((name) => [name, 100 + 50 * next()])) }));
    await store.insertFeatures(rows);
    const [report] = await store.run(trainDue(nowMs, 'noise'));
    expect(report!.models.map(({ takesOver }) => takesOver)).toEqual([false, false]);
    expect(report!.models[0]!.why).toContain('it tells nothing');
    expect((await highest(rows, [[0, windows]])).scores).toEqual([0]);
  });

  test('too little is told, and tried again only when there is as much again', async () => {
    await store.insertFeatures(shopRows({ service: 'young', seed: 6, windows: 300, startMs: nowMs - 300 * stepMs }));
    expect((await store.run(trainDue(nowMs, null))).map(({ scope }) => scope)).not.toContain('young');
    const [asked] = await store.run(trainDue(nowMs, 'young'));
    expect(asked!.skipped).toContain('at least 720 are needed');
    expect(await store.run(listModels('young', true))).toEqual([]);
  });

  test('a service that changed its ways is learned anew before there is a day of it: drift', async () => {
    await learn('drifting', 7);
    await store.run(trainDue(nowMs, 'drifting'));
    const before = (await store.run(listModels('drifting', false))).find(({ family }) => family === 'linear')!;
    // Ten minutes to six hours later nothing has changed: not due.
    const slow = (what: 'slow' | 'same', fromMs: number, count: number) =>
      shopRows({
        service: 'drifting',
        seed: 8,
        windows: count,
        startMs: fromMs,
        oddities: what === 'slow' ? [{ from: 0, to: count, what }] : [],
      });
    await store.insertFeatures(slow('same', nowMs, 1440));
    const fourHours = nowMs + 1440 * stepMs;
    const dueThen = await store.run(trainDue(fourHours, null));
    expect(dueThen.filter(({ scope }) => scope === 'drifting')).toEqual([]);
    await store.insertFeatures(slow('slow', fourHours, 600));
    const changed = fourHours + 600 * stepMs;
    const reports = await store.run(trainDue(changed, null));
    expect(reports.filter(({ scope }) => scope === 'drifting').map(({ why }) => why)).toEqual(['drift']);
    expect((await store.run(listModels('drifting', true))).length).toBeGreaterThan(2);
    expect(before.state).toBe('current');
  });
});
