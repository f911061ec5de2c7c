import { expect, test } from 'vitest';
import { describe as describeTrace } from '../../../../src/engine/explain/describe.ts';
import { findShapes } from '../../../../src/engine/explain/explain-trace.ts';
import type { TraceExplanation } from '../../../../src/engine/explain/explanation.ts';
import { renderText } from '../../../../src/engine/explain/render/text.ts';
import { noCircumstances } from '../../../../src/engine/explain/trace/circumstances.ts';
import { symptomsOfTrace } from '../../../../src/engine/explain/trace/symptoms-of-trace.ts';
import { drawnContext, type Around } from '../drawn-context.ts';

const slow = `
  web: POST /checkout              server  0 +2000
    web: POST /payments            client 50 +1940
      payment: POST /payments      server 55 +1930
        payment: POST /charges     client 60 +1900  server.address=bank`;
const slowUsual = {
  'web POST /checkout': 200,
  'web POST /payments': 120,
  'payment POST /payments': 110,
  'payment POST /charges': 80,
};
const failing = `
  web: POST /order          server  0 +60 error
    web: POST /reserve      client  5 +50 error
      stock: POST /pick     server 10 +20 error="no dock"`;
const failingUsual = { 'web POST /order': 58, 'web POST /reserve': 50, 'stock POST /pick': 20 };

/** With its symptoms, and what would have been without its first finding. */
function answerOf(picture: string, usual: NonNullable<Around['usual']>): TraceExplanation {
  const context = drawnContext(picture, { usual });
  const findings = findShapes(context).map((finding) => ({ ...finding, evidence: [] }));
  const { ms, percent } = findings[0]!.explains;
  return describeTrace(context, findings, {
    ...noCircumstances,
    symptoms: symptomsOfTrace(context).map((symptom) => ({ ...symptom, evidence: [] })),
    without: {
      savedMs: ms,
      savedPercent: percent,
      errorsAvoided: 0,
      sentence: 'Without it this trace would have taken less.',
      check: null,
      evidence: [],
    },
    changes: [
      {
        id: 'c0ffee000001',
        at: '2023-11-14T22:13:00.000Z',
        service: 'web',
        kind: 'flag',
        sentence: 'A feature flag of web was changed 9 s after it began: not the cause.',
        relation: 'after-onset',
        blamed: false,
        evidence: [],
      },
    ],
  });
}

const sectionOf = (text: string, title: string): string => text.split(`\n${title}\n`)[1]?.split('\n\n')[0] ?? '';

test('what was worse than usual stands in a table, without the root, which the verdict begins with', () => {
  const text = renderText(answerOf(slow, slowUsual));
  expect(sectionOf(text, 'Worse than usual')).toBe(
    `  payment POST /charges   took  80 ms → 1.9 s
  payment POST /payments  took 110 ms → 1.93 s`,
  );
  expect(text.startsWith('web "POST /checkout" took 2 s, 10× its usual 200 ms.')).toBe(true);
});

test('of one call that failed no share is given', () => {
  expect(sectionOf(renderText(answerOf(failing, failingUsual)), 'Worse than usual')).toBe(
    `  stock POST /pick  failed 0 % → 1 of 1
  web POST /order   failed 0 % → 1 of 1`,
  );
});

test('what the first finding takes of the trace is said once, as what there would be without it', () => {
  const answer = answerOf(slow, slowUsual);
  const part = /explains 1\.8\d s/g;
  expect(renderText({ ...answer, without: null }).match(part)).toHaveLength(1);
  expect(renderText(answer).match(part)).toBeNull();
  expect(renderText(answer)).toContain('Without it this trace would have taken less.');
});

test('that a change came too late is said once', () => {
  expect(renderText(answerOf(slow, slowUsual)).match(/not the\s+cause/g)).toHaveLength(1);
});
