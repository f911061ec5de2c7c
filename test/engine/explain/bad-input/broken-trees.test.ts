import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';
import { anHour, idOf, missingText, soundAnswer } from './sound-answer.ts';

const dayNs = 86_400e9;
const minuteMs = 60_000;

/** A shop that pays at a bank without spans of its own; what is wrong with its spans is written behind them. */
const shop = (bankMs: number, more: { web?: string; call?: string; payment?: string; charge?: string } = {}): Span[] =>
  drawSpans(`
    web: POST /checkout            server  0 +${bankMs + 40}  ${more.web ?? ''}
      web: POST /payments          client  5 +${bankMs + 30}  ${more.call ?? ''}
        payment: POST /payments    server 10 +${bankMs + 20}  ${more.payment ?? ''}
          payment: POST /charges   client 15 +${bankMs}  service.peer.name=bank ${more.charge ?? ''}
  `);
const all = (spans: readonly Span[], change: (span: Span) => Partial<Span>): Span[] =>
  spans.map((span) => ({ ...span, ...change(span) }));

interface Case {
  readonly what: string;
  readonly draw: (bankMs: number) => Span[];
  /** Who is named for a slow trace, and what is said to have been assumed. */
  readonly trace: { readonly culprit: string | null; readonly missing?: RegExp };
  /** The same of its time; left out where that can be no different. */
  readonly time?: { readonly culprit: string | null; readonly missing?: RegExp; readonly suspects?: readonly string[] };
}

const payment = 'payment';
const cases: readonly Case[] = [
  {
    what: 'a cycle through all spans',
    draw: (ms) => shop(ms, { web: 'parent=4' }),
    trace: { culprit: payment, missing: /1 cycle of parents: each was cut at its earliest span/ },
  },
  {
    what: 'a span that is its own parent',
    draw: (ms) => shop(ms, { web: 'parent=1' }),
    trace: { culprit: payment, missing: /1 cycle of parents/ },
  },
  {
    what: 'a cycle that the root does not reach',
    draw: (ms) => shop(ms, { call: 'parent=3' }),
    trace: { culprit: payment, missing: /1 cycle of parents/ },
    // By parents alone the root calls nobody: both can be meant.
    time: { culprit: 'web', suspects: ['web', 'payment'], missing: /1 cycle of parents/ },
  },
  {
    what: 'no root, and one span that names it',
    draw: (ms) => shop(ms, { web: 'parent=99' }),
    trace: {
      culprit: payment,
      missing: /No span without a parent was received: web\d+ "POST \/checkout" is taken for the/,
    },
    time: { culprit: payment, missing: /No span without a parent was received/ },
  },
  {
    what: 'no root, and two spans that name it',
    draw: (ms) => [
      ...shop(ms, { web: 'parent=99' }),
      ...drawSpans(`web: GET /banner server ${ms + 50} +20 id=50 parent=99`),
    ],
    trace: { culprit: payment, missing: /1 span that 2 others name as parent was not received/ },
  },
  {
    what: 'no two spans that are linked',
    draw: (ms) => shop(ms, { web: 'parent=96', call: 'parent=97', payment: 'parent=98', charge: 'parent=99' }),
    // Nobody can know who waited for whom: whoever was asked first spends all of it.
    trace: { culprit: 'web', missing: /3 spans that 3 others name as parent were not received/ },
    time: { culprit: 'web', suspects: ['web', 'payment'], missing: /who calls whom is unknown/ },
  },
  {
    what: 'two roots',
    draw: (ms) => [...shop(ms), ...drawSpans('jobs: index internal 0 +20 id=50')],
    trace: { culprit: payment, missing: /1 other root beside the longest: it does not count for the latency/ },
  },
  {
    what: 'all at one instant, without durations',
    draw: (ms) => all(shop(ms), () => ({ startNs: 0, durationNs: 0 })),
    trace: { culprit: null, missing: /web\d+ "POST \/checkout" has no duration/ },
    time: { culprit: null, missing: /No span of that time has a duration/ },
  },
  {
    what: 'all beginning at one instant',
    draw: (ms) => all(shop(ms), () => ({ startNs: 0 })),
    trace: { culprit: payment },
  },
  {
    what: 'a process whose clock is days ahead',
    draw: (ms) =>
      all(shop(ms), ({ service, startNs }) => (service === payment ? { startNs: startNs + 3 * dayNs } : {})),
    trace: { culprit: payment, missing: /The clock of payment\d+ differs: 2 spans moved by -72 h/ },
    // Its own spans are no part of the time, and are found in the traces alone.
    time: {
      culprit: 'web',
      suspects: ['web', payment],
      missing: /Spans of the future are not part of that time: payment\d+ \(330 spans up to/,
    },
  },
  {
    what: 'one service only',
    draw: (ms) => all(shop(ms), () => ({ service: payment })),
    trace: { culprit: payment },
  },
  {
    what: 'every span sent three times',
    draw: (ms) => [...shop(ms), ...shop(ms), ...shop(ms)],
    trace: { culprit: payment, missing: /8 spans received more than once: counted once/ },
  },
  {
    what: 'one id for all spans',
    draw: (ms) => all(shop(ms), () => ({ spanId: '1'.padStart(16, '0'), parentSpanId: '' })),
    trace: { culprit: 'web', missing: /3 spans shared an id with another one/ },
  },
  {
    what: 'no names of operations',
    draw: (ms) => all(shop(ms), () => ({ operation: '' })),
    trace: { culprit: payment },
  },
  {
    what: 'a duration of centuries',
    draw: (ms) =>
      all(shop(ms), ({ service, kind }) =>
        service === payment && kind === 'Client' && ms > 100 ? { durationNs: 2 ** 63 } : {},
      ),
    trace: { culprit: payment, missing: /1 span claims to last for more than a year: cut to one/ },
    time: { culprit: payment, missing: /1 span claims to last for more than a year/ },
  },
];

/** Eleven minutes of each, in services of its own; in the last minute the bank is slow. */
const steps = 165;
const stepMs = 4000;
const slowFrom = 10 * minuteMs;
const startOf = (place: number): number => anHour(20) + place * 62 * minuteMs;
const traceOf = (place: number, step: number): string => idOf(place * 1000 + step + 1);
const named = (service: string, place: number): string => `${service}${place}`;

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(
    cases.flatMap(({ draw }, place) =>
      Array.from({ length: steps }, (_, step) => {
        const bankMs = step * stepMs >= slowFrom ? 900 + (step % 9) : 50 + (step % 7);
        const spans = draw(bankMs).map((span) => ({ ...span, service: named(span.service, place) }));
        return at(spans, startOf(place) + step * stepMs, traceOf(place, step));
      }).flat(),
    ),
  );
}, 60_000);
afterAll(() => store.close());

describe.each(cases.map((each, place) => ({ ...each, place })))('traces with $what', ({ place, trace, time }) => {
  const inTheCase = (culprit: string | null): string | undefined =>
    culprit === null ? undefined : named(culprit, place);

  test('one of them is explained', async () => {
    const answer = await soundAnswer(store, { ask: 'trace', traceId: traceOf(place, steps - 2) });
    expect(answer.verdict.culprit?.service).toBe(inTheCase(trace.culprit));
    if (trace.missing !== undefined) expect(missingText(answer)).toMatch(trace.missing);
  });

  test.runIf(time !== undefined)('so is their time', async () => {
    const range = { fromMs: startOf(place) + slowFrom, toMs: startOf(place) + slowFrom + minuteMs };
    const answer = await soundAnswer(store, { ask: 'range', range });
    const { culprit = null, missing = /./, suspects = [] } = time ?? {};
    expect(answer.verdict.culprit?.service).toBe(inTheCase(culprit));
    expect(answer.suspects.map(({ service }) => service)).toEqual(
      expect.arrayContaining(suspects.map((service) => named(service, place))),
    );
    expect(missingText(answer)).toMatch(missing);
  });
});

describe('spans without the name of a service', () => {
  test('are explained like any other', async () => {
    const start = startOf(cases.length);
    await store.insertSpans(
      Array.from({ length: steps }, (_, step) =>
        at(
          all(shop(step * stepMs >= slowFrom ? 900 : 50 + (step % 7)), () => ({ service: '' })),
          start + step * stepMs,
          traceOf(cases.length, step),
        ),
      ).flat(),
    );
    const trace = await soundAnswer(store, { ask: 'trace', traceId: traceOf(cases.length, steps - 2) });
    expect(trace.verdict).toMatchObject({ finding: 'slow-dependency', culprit: { service: '', dependency: 'bank' } });
    const range = { fromMs: start + slowFrom, toMs: start + slowFrom + minuteMs };
    const time = await soundAnswer(store, { ask: 'range', range });
    expect(time.symptoms.map(({ what }) => what)).toContain('duration');
    expect(time.verdict).toMatchObject({ culprit: null, severity: 'critical' });
    expect(time.verdict.sentence).toMatch(
      /^"POST \/payments" takes 920 ms instead of 73 ms .* Its service has no name\.$/,
    );
    expect(missingText(time)).toContain('60 spans name no service');
  });
});
