import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { Model } from '../../../src/tui/state/model.ts';
import type { Outcome } from '../../../src/tui/state/explaining.ts';
import { update } from '../../../src/tui/state/update.ts';
import { emptyAnswer } from '../../engine/explain/sample-explanation.ts';

/** What comes for the question that the screen asks. */
export function tell(model: Model, outcome: Outcome): Model {
  if (model.explaining === null) throw new Error('nothing was asked');
  return update(model, { type: 'explained', question: model.explaining.question, outcome });
}

export const told = (model: Model, explanation: Explanation): Model => tell(model, { state: 'told', explanation });

/**
 * An answer that is longer than a screen, for frames: how each part of an answer is worded and laid out is told by the
 * tests of its text, so this one has only what is sentences.
 */
export const slowPayment = (): Explanation =>
  emptyAnswer({
    verdict: {
      sentence:
        'web "POST /checkout" takes 2.21 s instead of 212 ms since 11:48:00. Why: payment waits for a connection of its pool. All 10 connections were in use from 11:48:00 on.',
      finding: null,
      culprit: { service: 'payment', operation: 'POST /pay', spanId: '' },
      severity: 'critical',
      confidence: 0.86,
    },
    anomalies: ['p99 of POST /pay 4.1× its usual 180 ms', 'p95 of checkout 2.2× its usual 310 ms'].map(
      (sentence, at) => ({
        id: `a${at}`,
        at: '2026-03-14T10:04:30.000Z',
        service: 'payment',
        severity: 'warning',
        sentence: `payment: ${sentence}`,
        evidence: [],
      }),
    ),
    missing: [
      'bank',
      'the host of payment-7d9f',
      'the pool of checkout',
      'the queue of mailer',
      'the disk of node-1',
    ].map((of) => ({
      text: `Nothing was received that tells of ${of}: what happened there cannot be seen.`,
      settle: `Instrument ${of}`,
    })),
    next: [
      {
        command:
          "obs traces --service payment --operation 'POST /pay' --slowest --since 2026-03-14T10:00:00.000Z --until 2026-03-14T10:15:00.000Z",
        why: 'more traces like it',
      },
      { command: 'obs logs --service payment --since 15m --level warn', why: 'what payment logged' },
    ],
  });
