import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';
import { anHour, idOf, missingText, soundAnswer } from './sound-answer.ts';

const minuteMs = 60_000;

/** A shop; both of its environments send under the same names of services. */
const shop = (environment: string, bankMs: number, failed = false): Span[] =>
  drawSpans(`
    web: POST /checkout          server  0 +${bankMs + 40}  deployment.environment.name=${environment} ${failed ? 'error="no"' : ''}
      payment: POST /payments    server 10 +${bankMs + 20}  deployment.environment.name=${environment} ${failed ? 'error="card declined"' : ''}
        payment: POST /charges   client 15 +${bankMs}  service.peer.name=bank deployment.environment.name=${environment}
  `);

interface Step {
  readonly start: number;
  readonly draw: (environment: string, isBad: boolean, step: number) => Span[] | null;
}

const slowInStaging: Step = {
  start: anHour(11),
  draw: (environment, isBad, step) =>
    shop(environment, isBad && environment === 'staging' ? 900 + (step % 9) : 50 + (step % 7)),
};
const failsInStaging: Step = {
  start: anHour(9),
  draw: (environment, isBad, step) => shop(environment, 50 + (step % 7), isBad && environment === 'staging'),
};
const slowInBoth: Step = {
  start: anHour(7),
  draw: (environment, isBad, step) => shop(environment, (isBad ? 900 : 50) + (step % 7)),
};
/** Staging is always slow; of late it is called as often as production. */
const busyStaging: Step = {
  start: anHour(5),
  draw: (environment, isBad, step) =>
    environment === 'production'
      ? shop(environment, 50 + (step % 7))
      : isBad || step % 20 === 0
        ? shop(environment, 900 + (step % 7))
        : null,
};
const all = [slowInStaging, failsInStaging, slowInBoth, busyStaging];

/** Eleven minutes, a request of each environment every 4 s; in the last minute something happens. */
const steps = 165;
const badFrom = 10 * minuteMs;
const idAt = (scene: Step, environment: string, step: number): string =>
  idOf(1000 * (2 * all.indexOf(scene) + (environment === 'staging' ? 1 : 0)) + step + 1);

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(
    all.flatMap((scene) =>
      ['production', 'staging'].flatMap((environment) =>
        Array.from({ length: steps }, (_, step) => {
          const spans = scene.draw(environment, step * 4000 >= badFrom, step);
          return spans === null ? [] : at(spans, scene.start + step * 4000, idAt(scene, environment, step));
        }).flat(),
      ),
    ),
  );
}, 60_000);
afterAll(() => store.close());

const about = ({ start }: Step): Promise<Explanation> =>
  soundAnswer(store, { ask: 'range', range: { fromMs: start + badFrom, toMs: start + badFrom + minuteMs } });
const together = /payment, web ran in production and staging under one name and were judged together/;
const environmentsOf = ({ attributes }: Explanation): readonly string[] =>
  attributes.flatMap((split) => [...split.attributes, ...split.alike].map(({ key, value }) => `${key}=${value}`));

describe('one name in two environments', () => {
  test('slow in one: the verdict names it, with what shows it', async () => {
    const answer = await about(slowInStaging);
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.verdict.sentence).toMatch(
      /Only in staging: production \d+ ms → \d+ ms \(15 calls\); staging \d+ ms → 9\d\d ms \(15 calls\)\.$/,
    );
    expect(answer.suspects[0]?.why.join()).toContain('by environment: production');
    expect(allEvidence(answer).some(({ evidence }) => evidence.title.includes('by environment'))).toBe(true);
    expect(environmentsOf(answer)).toContain('deployment.environment.name=staging');
    expect(missingText(answer)).toMatch(together);
  });

  test('failing in one', async () => {
    const answer = await about(failsInStaging);
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.verdict.sentence).toMatch(/Only in staging: .*staging 0 % failed → 100 % failed/);
    expect(environmentsOf(answer)).toContain('deployment.environment.name=staging');
  });

  test('slow in both: none is named, and that both were looked at is said', async () => {
    const answer = await about(slowInBoth);
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.verdict.sentence).not.toContain('Only in');
    expect(environmentsOf(answer)).not.toContain('deployment.environment.name=staging');
    expect(missingText(answer)).toMatch(together);
  });

  test('the slower one is merely called more often: no environment is worse, which is said', async () => {
    const answer = await about(busyStaging);
    expect(answer.verdict.sentence).toContain('Yet no environment by itself is worse: production 73 ms → 73 ms');
    expect(missingText(answer)).toContain('In no environment by itself is it worse than usual');
  });

  test('a trace is compared with its own environment, which is said, and evidence is of that too', async () => {
    const slow = await soundAnswer(store, { ask: 'trace', traceId: idAt(slowInStaging, 'staging', 160) });
    expect(slow.verdict.culprit?.service).toBe('payment');
    expect(missingText(slow)).toMatch(
      /payment, web ran in production and staging under one name: what is usual is taken from staging/,
    );
    // Ten times as slow as production, and never any quicker.
    const everyday = await soundAnswer(store, { ask: 'trace', traceId: idAt(busyStaging, 'staging', 140) });
    expect(everyday.trace?.usual?.p50Ms).toBeGreaterThan(900);
    expect(everyday.verdict.sentence).toContain('within its usual range');
    expect(everyday.verdict.severity).toBeNull();
  });

  test('the two compared', async () => {
    const range = { fromMs: slowInStaging.start + badFrom, toMs: slowInStaging.start + badFrom + minuteMs };
    const key = 'deployment.environment.name';
    const answer = await soundAnswer(store, {
      ask: 'compare',
      bad: { side: 'attribute', key, value: 'staging' },
      good: { side: 'attribute', key, value: 'production' },
      within: range,
    });
    expect(answer.verdict.culprit?.service).toBe('payment');
  });
});
