import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import type { Question } from '../../../../src/engine/explain/question.ts';
import { anHour, soundAnswer } from '../bad-input/sound-answer.ts';
import { openExplainStore } from '../real-store.ts';
import { about, checkout, minuteMs, tellChanges, traceEach } from './drawn-shop.ts';

/** A bank that turns slow at `beganMs`, and a version of the payment that is deployed before or after that. */
interface Scene {
  readonly beganMs: number;
  readonly deployedMs: number;
  readonly versions: readonly [from: string, to: string];
  readonly change: string;
  readonly incident: string;
}

const late: Scene = {
  beganMs: anHour(8),
  deployedMs: anHour(8) + 4 * minuteMs,
  versions: ['1.0', '2.0'],
  change: 'facade01',
  incident: 'baced001',
};
const early: Scene = {
  beganMs: anHour(4),
  deployedMs: anHour(4) - 20_000,
  versions: ['2.0', '3.0'],
  change: 'facade02',
  incident: 'baced002',
};

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(
    [late, early].flatMap(({ beganMs, deployedMs, versions: [from, to] }) =>
      traceEach(3000, { fromMs: beganMs - 14 * minuteMs, toMs: beganMs + 9 * minuteMs }, (now, n) =>
        checkout({ bankMs: about(now < beganMs ? 50 : 900, n), version: now < deployedMs ? from : to }),
      ),
    ),
  );
  await tellChanges(
    store,
    [late, early].map(({ change, deployedMs, versions: [from, to] }) => ({ id: change, atMs: deployedMs, from, to })),
  );
  const incidents = [late, early].map(
    ({ incident, beganMs }) =>
      `('${incident}', fromUnixTimestamp64Milli(${beganMs + 10_000}), fromUnixTimestamp64Milli(${beganMs + 8 * minuteMs}), ['web', 'payment'], ['x'], 'web is slow')`,
  );
  await store.command(
    `INSERT INTO obs_incidents (Id, Start, End, Services, AnomalyIds, Summary) VALUES ${incidents.join(', ')}`,
  );
});
afterAll(() => store.close());

const questions: readonly (readonly [string, (scene: Scene) => Question])[] = [
  ['a time', ({ beganMs }) => ({ ask: 'range', range: { fromMs: beganMs - minuteMs, toMs: beganMs + 8 * minuteMs } })],
  [
    'the time of the deployment alone',
    ({ deployedMs }) => ({
      ask: 'range',
      range: { fromMs: deployedMs, toMs: deployedMs + 4 * minuteMs },
    }),
  ],
  ['the incident', ({ incident }) => ({ ask: 'incident', id: incident })],
  ['the deployment', ({ change }) => ({ ask: 'deploy', id: change })],
  [
    'two times, one after the other',
    ({ beganMs }) => ({
      ask: 'compare',
      bad: { side: 'time', range: { fromMs: beganMs, toMs: beganMs + 8 * minuteMs } },
      good: { side: 'time', range: { fromMs: beganMs - 8 * minuteMs, toMs: beganMs } },
      within: { fromMs: beganMs, toMs: beganMs + minuteMs },
    }),
  ],
];

const changeIn = ({ changes }: Explanation, { change }: Scene) => changes.find(({ id }) => id === change);

describe('a deployment that came four minutes after it began', () => {
  test.each(questions)('is never blamed: %s', async (_, questionOf) => {
    const answer = await soundAnswer(store, questionOf(late));
    expect(answer.scope.onset).not.toBeNull();
    expect(changeIn(answer, late)).toMatchObject({ relation: 'after-onset', blamed: false });
    expect(answer.suspects.length).toBeGreaterThan(0);
    expect(answer.suspects.flatMap(({ why }) => why).join('\n')).not.toMatch(/2\.0|deployed/);
    expect(answer.findings.map(({ id }) => id)).not.toContain('bad-deploy');
    expect(answer.verdict.sentence).not.toMatch(/2\.0|facade/);
  });

  test('and when asked about, the answer says so', async () => {
    const answer = await store.run(explainQuestion({ ask: 'deploy', id: late.change }));
    expect(answer.verdict.sentence).toMatch(/ since \d\d:00:00, 4 min before this deployment: not its doing\./);
    expect(answer.verdict.culprit?.service).toBe('payment');
    // Held against the calm before it began, not against the four minutes that were as bad.
    expect(answer.symptoms[0]?.usual).toBeLessThan(60);
    expect(answer.symptoms[0]?.since).toBe(new Date(late.beganMs).toISOString());
    expect(answer.without?.savedMs).toBeGreaterThan(800);
  });
});

describe('a deployment shortly before it began', () => {
  test.each(questions.filter(([name]) => name !== 'the time of the deployment alone'))(
    'is blamed: %s',
    async (_, questionOf) => {
      const answer = await store.run(explainQuestion(questionOf(early)));
      expect(changeIn(answer, early)).toMatchObject({ relation: 'before-onset', blamed: true });
      expect(answer.suspects[0]?.why.join('\n')).toContain('deployed 3.0');
    },
  );
});
