import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readChanges } from '../../../../src/engine/explain/changes/read-changes.ts';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import { anHour, missingText, soundAnswer } from '../bad-input/sound-answer.ts';
import { openExplainStore } from '../real-store.ts';
import { about, checkout, hourMs, list, minuteMs, tellChanges, traceEach } from './drawn-shop.ts';

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
});
afterAll(() => store.close());

const deployment = (id: string): Promise<Explanation> => store.run(explainQuestion({ ask: 'deploy', id }));
/** The same with all of its evidence run again. */
const soundDeployment = (id: string): Promise<Explanation> => soundAnswer(store, { ask: 'deploy', id });
const around = (atMs: number, minutes: number) => ({
  fromMs: atMs - minutes * minuteMs,
  toMs: atMs + minutes * minuteMs,
});
/** How long a trace took on the first side and on the second, in milliseconds. */
function meansOf({ verdict }: Explanation): readonly number[] {
  const [, ...means] = /took ([\d.]+ m?s) on average .*?, .+? ([\d.]+ m?s) on average/.exec(verdict.sentence) ?? [];
  return means.map((text) => Number.parseFloat(text) * (text.endsWith(' ms') ? 1 : 1000));
}

describe('a deployment of some days ago', () => {
  const atMs = anHour(75);

  test('is answered from its own time, whatever the versions do today', async () => {
    await store.insertSpans([
      ...traceEach(3000, around(atMs, 12), (now, n) =>
        checkout(now < atMs ? { bankMs: about(50, n), version: '1.0' } : { bankMs: about(900, n), version: '2.0' }),
      ),
      // Today the new version is as quick as the old one was, and the old one, which somebody still runs, is slow.
      ...traceEach(5000, around(anHour(1), 10), (_, n) =>
        checkout(n % 2 === 0 ? { bankMs: 50, version: '2.0' } : { bankMs: 2000, version: '1.0' }),
      ),
    ]);
    await tellChanges(store, [{ id: 'aaaa0001', atMs, from: '1.0', to: '2.0' }]);
    const answer = await soundDeployment('aaaa');
    const [bad = 0, good = 0] = meansOf(answer);
    expect(bad).toBeGreaterThan(900);
    expect(good).toBeLessThan(120);
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(Date.parse(answer.scope.from) - atMs).toBeLessThan(1000);
    expect(Date.parse(answer.scope.usualTo ?? '')).toBeLessThanOrEqual(atMs);
    expect(answer.question).toEqual({ ask: 'deploy', id: 'aaaa0001' });

    // As of a time: since when, what was changed, and what would have been without it.
    expect(Math.abs(Date.parse(answer.scope.onset?.at ?? '') - atMs)).toBeLessThanOrEqual(10_000);
    expect(answer.changes).toMatchObject([{ id: 'aaaa0001', relation: 'before-onset', blamed: true }]);
    expect(answer.changes[0]?.evidence).not.toEqual([]);
    expect(answer.suspects[0]?.why.at(-1)).toMatch(/^deployed 2\.0 \(1\.0 before\) .*began$/);
    expect(answer.without?.savedMs).toBeGreaterThan(800);
    expect(answer.without?.sentence).toMatch(
      /^Without what payment does otherwise web "POST \/checkout" would take \d\d ms/,
    );
    expect(answer.without?.evidence).not.toEqual([]);
    expect(answer.verdict.severity).toBe('critical');
  });

  test('that a pipeline told of without the version before knows it from telemetry', async () => {
    const [seen] = await store.run(readChanges({ ...around(atMs, 5), services: ['payment'], limit: 5 }));
    expect(seen).toMatchObject({ id: 'aaaa0001', fromVersion: '1.0' });
    const laterMs = anHour(60);
    await store.insertSpans(
      traceEach(4000, around(laterMs, 6), (now, n) =>
        checkout(now < laterMs ? { bankMs: about(50, n), version: '3.0' } : { bankMs: about(400, n), version: '3.1' }),
      ),
    );
    await tellChanges(store, [{ id: 'aaaa0002', atMs: laterMs, to: 'v3.1' }]);
    const answer = await deployment('aaaa0002');
    expect(answer.verdict.sentence).toMatch(/^payment 3\.1 took 44\d ms on average \(90 traces\), payment 3\.0 9\d ms/);
  });

  test('that nobody wrote down yet is found by the id that answers name', async () => {
    const rolledMs = anHour(4) + 30 * minuteMs;
    await store.insertSpans(
      traceEach(4000, around(rolledMs, 6), (now, n) =>
        checkout(now < rolledMs ? { bankMs: about(50, n), version: '5.0' } : { bankMs: about(500, n), version: '5.1' }),
      ),
    );
    const seen = await store.run(readChanges({ ...around(rolledMs, 5), services: ['payment'], limit: 5 }));
    const { id } = seen.find(({ toVersion }) => toVersion === '5.1')!;
    expect((await deployment(id)).verdict.sentence).toContain('payment 5.1 took');
  });
});

describe('a service of one name in two environments', () => {
  const atMs = anHour(30);
  const environments = ['production', 'staging'] as const;

  test('a deployment in one of them is judged by that one alone', async () => {
    // The same deployment in both: production is fine, staging is slow; it was slow before as well.
    await store.insertSpans(
      environments.flatMap((environment) =>
        traceEach(4000, around(atMs, 8), (now, n) =>
          checkout({
            environment,
            version: now < atMs ? '1.0' : '2.0',
            bankMs: about(environment === 'production' ? 50 : now < atMs ? 300 : 1200, n),
          }),
        ),
      ),
    );
    await tellChanges(
      store,
      environments.map((environment) => ({
        id: `bbbb-${environment}`,
        atMs,
        environment,
        from: '1.0',
        to: '2.0',
      })),
    );
    const production = await deployment('bbbb-production');
    expect(production.verdict).toMatchObject({ culprit: null, severity: null });
    expect(production.verdict.sentence).toMatch(/That is not worse\.$/);
    expect(production.suspects).toEqual([]);
    expect(production.changes).toMatchObject([{ id: 'bbbb-production', blamed: false }]);
    const [bad = 0, good = 0] = meansOf(production);
    expect(bad).toBeLessThan(100);
    expect(good).toBeLessThan(100);
    const staging = await soundDeployment('bbbb-staging');
    expect(meansOf(staging)[0]).toBeGreaterThan(1200);
    expect(meansOf(staging)[1]).toBeGreaterThan(300);
    expect(staging.scope.tracesRead).toBe(240);
  });

  test('an environment that spans do not know is refused with those that they do', async () => {
    await tellChanges(store, [{ id: 'bbbb-typo', atMs: atMs + 1000, environment: 'prod', from: '1.0', to: '2.0' }]);
    const error = await store.fails(explainQuestion({ ask: 'deploy', id: 'bbbb-typo' }));
    expect(error).toMatchObject({ _tag: 'BadInput', hint: expect.stringContaining('production, staging') });
  });
});

describe('a change of configuration', () => {
  const atMs = anHour(20);

  test('compares traces through its service, before and after', async () => {
    // Lists are slower by far of late, and have nothing to do with the payment.
    await store.insertSpans([
      ...traceEach(4000, around(atMs, 8), (now, n) => checkout({ bankMs: about(now < atMs ? 50 : 250, n) })),
      ...traceEach(4000, around(atMs, 8), (now, n) => list(about(now < atMs ? 30 : 3000, n))),
    ]);
    await tellChanges(store, [{ id: 'cccc0001', atMs, kind: 'configuration' }]);
    const answer = await soundDeployment('cccc0001');
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.verdict.sentence).toMatch(/^Traces through payment after .* took 29\d ms .*before .* 9\d ms/);
    expect(answer.scope.services).not.toContain('inventory');
    expect(answer.scope.tracesRead).toBe(240);
  });

  test('after which requests do not even come to the service: they count', async () => {
    const brokenMs = atMs + 3 * hourMs;
    await store.insertSpans(
      traceEach(3000, around(brokenMs, 6), (now, n) =>
        checkout({ bankMs: about(50, n), isRefused: now >= brokenMs && n % 3 > 0 }),
      ),
    );
    await tellChanges(store, [{ id: 'cccc0002', atMs: brokenMs, kind: 'configuration' }]);
    const answer = await deployment('cccc0002');
    expect(answer.symptoms[0]).toMatchObject({ service: 'web', what: 'errors', failed: 80 });
    expect(answer.without).toMatchObject({ errorsAvoided: 80 });
    expect(answer.changes[0]).toMatchObject({ id: 'cccc0002', blamed: true });
  });

  test('does not reach over another change of the service', async () => {
    const secondMs = atMs + 6 * hourMs;
    const firstMs = secondMs - 3 * minuteMs;
    await store.insertSpans(
      traceEach(3000, around(secondMs, 6), (now, n) => checkout({ bankMs: about(now < firstMs ? 50 : 400, n) })),
    );
    await tellChanges(store, [
      { id: 'cccc0003', atMs: firstMs, kind: 'flag' },
      { id: 'cccc0004', atMs: secondMs, kind: 'configuration' },
      { id: 'cccc0005', atMs: secondMs - minuteMs, kind: 'note' },
    ]);
    const [bad = 0, good = 0] = meansOf(await deployment('cccc0004'));
    expect(Math.abs(bad - good)).toBeLessThan(10);
    const first = await deployment('cccc0003');
    expect(meansOf(first)[0]).toBeGreaterThan(400);
    expect(Date.parse(first.scope.to)).toBe(secondMs);
  });

  test('a second after another one: that they cannot be told apart is said', async () => {
    await tellChanges(store, [{ id: 'cccc0006', atMs: atMs + 1000, kind: 'flag' }]);
    expect(missingText(await deployment('cccc0006'))).toContain('the two cannot be told apart');
  });
});

describe('a canary', () => {
  const atMs = anHour(10);

  test('is held against the version beside it: what meets both is not its doing', async () => {
    // One in five goes to the new version. Five minutes later the bank turns slow for everybody.
    await store.insertSpans(
      traceEach(2000, around(atMs, 15), (now, n) =>
        checkout({
          version: now >= atMs && n % 5 === 0 ? '2.0' : '1.0',
          bankMs: about(now < atMs + 5 * minuteMs ? 50 : 800, n),
        }),
      ),
    );
    await tellChanges(store, [{ id: 'dddd0001', atMs, from: '1.0', to: '2.0' }]);
    const answer = await deployment('dddd0001');
    const [bad = 0, good = 0] = meansOf(answer);
    expect(Math.abs(bad - good)).toBeLessThan(0.15 * good);
    expect(answer.verdict.culprit).toBeNull();
    expect(answer.changes.some(({ blamed }) => blamed)).toBe(false);
    expect(Date.parse(answer.scope.usualFrom ?? '')).toBeGreaterThanOrEqual(atMs);
  });
});

test('a version that went on for a while is compared before and while it was replaced', async () => {
  const atMs = anHour(6);
  await store.insertSpans(
    traceEach(2000, around(atMs, 10), (now, n) =>
      checkout(
        now < atMs || (now < atMs + minuteMs && n % 2 === 0)
          ? { bankMs: about(50, n), version: '7.0' }
          : { bankMs: about(700, n), version: '7.1' },
      ),
    ),
  );
  await tellChanges(store, [{ id: 'eeee0001', atMs, from: '7.0', to: '7.1' }]);
  const answer = await deployment('eeee0001');
  expect(meansOf(answer)[0]).toBeGreaterThan(700);
  expect(Date.parse(answer.scope.usualTo ?? '')).toBeGreaterThan(atMs + 50_000);
  expect(Date.parse(answer.scope.usualFrom ?? '')).toBeLessThan(atMs - 9 * minuteMs);
});
