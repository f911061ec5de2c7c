/**
 * How long `obs explain` takes on a large store: millions of spans over some hours, and a small shop with one fault in
 * the last minute of it. A slow trace of 1,000 spans whose operations have a history, a time with a fault, a quiet time, and
 * two times compared; five runs each.
 * `npm run bench:explain:large [-- --millions 10 --hours 1 --services 45 --seconds 60 --home DIR --json]`
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { explainQuestion } from '../src/engine/explain/explain-question.ts';
import type { Question } from '../src/engine/explain/question.ts';
import { httpQueryClient } from '../src/engine/store/http-query-client.ts';
import { openStore } from './query/daemon.ts';
import { fill } from './query/fill.ts';
import { runShop } from './score/demo/run-shop.ts';
import { count, readFlags, text } from './support/flags.ts';
import { printTable, summary } from './support/report.ts';

const flags = readFlags({ millions: count(10), hours: count(1), services: count(45), seconds: count(60), home: text });
const runs = 5;
const minuteMs = 60_000;
const wideSpans = 1000;
const wideTrace = 'e1'.repeat(16);
/** The same done quickly before, every ten seconds. */
const usualTraces = 120;
const stepNs = { usual: 100_000n, slow: 500_000n } as const;

const home = flags.home ?? mkdtempSync(join(tmpdir(), 'obs-bench-explain-'));
/** A folder that was named is filled once, and kept. */
const isFilled = existsSync(join(home, 'store'));
mkdirSync(join(home, 'store'), { recursive: true });
const filledTo = Date.now();
if (!isFilled) {
  const spread = { fromMs: filledTo - flags.hours * 60 * minuteMs, toMs: filledTo, services: flags.services };
  await fill(join(home, 'store'), { from: 0, to: flags.millions * 1e6, ...spread }, (line) =>
    process.stderr.write(`${line}\n`),
  );
}
const daemon = openStore(home);
try {
  process.stderr.write('a shop opens, and its bank becomes slow\n');
  const plan = { otlpHttp: daemon.otlpHttp, rate: 20, quietMs: flags.seconds * 1000, faultMs: flags.seconds * 1000 };
  const shop = await Effect.runPromise(runShop(plan, 'slow-dependency', 1, ''));
  for (let n = 1; n <= usualTraces; n++) {
    await sendWideTrace(n.toString(16).padStart(32, 'c'), shop.endMs - 10_000 - n * 10_000, stepNs.usual);
  }
  await sendWideTrace(wideTrace, shop.endMs - 10_000, stepNs.slow);
  // Senders' batches arrive, and are loaded.
  await Effect.runPromise(Effect.sleep('8 seconds'));
  const fault = { fromMs: shop.faultMs, toMs: shop.endMs };
  const questions: readonly (readonly [name: string, question: Question])[] = [
    [`trace of ${wideSpans} spans`, { ask: 'trace', traceId: wideTrace }],
    [`${flags.seconds} s with a fault`, { ask: 'range', range: fault }],
    [
      'ten minutes with a fault in the last',
      { ask: 'range', range: { fromMs: shop.endMs - 10 * minuteMs, toMs: shop.endMs } },
    ],
    [
      'ten quiet minutes',
      { ask: 'range', range: { fromMs: filledTo - 20 * minuteMs, toMs: filledTo - 10 * minuteMs } },
    ],
    [
      'two times compared',
      {
        ask: 'compare',
        bad: { side: 'time', range: fault },
        good: { side: 'time', range: { fromMs: shop.startMs, toMs: shop.faultMs } },
        within: fault,
      },
    ],
  ];
  const layer = httpQueryClient({ endpoint: daemon.query });
  const rows = [];
  for (const [name, question] of questions) {
    const ms: number[] = [];
    let said = '';
    for (let run = 0; run < runs; run++) {
      const started = performance.now();
      const answer = await Effect.runPromise(explainQuestion(question).pipe(Effect.provide(layer)));
      ms.push(performance.now() - started);
      said = answer.verdict.culprit?.service ?? 'nobody';
    }
    rows.push({ name, ...summary(ms), said });
  }
  if (flags.json)
    console.log(
      JSON.stringify({ spans: flags.millions * 1e6, hours: flags.hours, services: flags.services + 5, runs, rows }),
    );
  else
    printTable(
      ['question', 'median ms', 'max ms', 'blames'],
      rows.map(({ name, median, max, said }) => [name, median.toFixed(0), max.toFixed(0), said]),
    );
} finally {
  daemon.stop();
  if (flags.home === undefined) rmSync(home, { recursive: true, force: true });
}

/** One root with calls of ten services below it, each of which calls on. */
async function sendWideTrace(traceId: string, startMs: number, step: bigint): Promise<void> {
  const spans = Array.from({ length: wideSpans }, (_, n) => ({
    traceId,
    spanId: (n + 1).toString(16).padStart(16, '0'),
    ...(n === 0 ? {} : { parentSpanId: (Math.floor((n - 1) / 3) + 1).toString(16).padStart(16, '0') }),
    name: `step ${n % 40}`,
    kind: n % 2 === 0 ? 2 : 3,
    startTimeUnixNano: String(BigInt(Math.round(startMs)) * 1_000_000n + BigInt(n) * step),
    endTimeUnixNano: String(BigInt(Math.round(startMs)) * 1_000_000n + BigInt(2 * wideSpans - n) * step),
  }));
  const resourceSpans = Array.from({ length: 10 }, (_, service) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: `wide-${service}` } }] },
    scopeSpans: [{ spans: spans.filter((_span, n) => n % 10 === service) }],
  }));
  const response = await fetch(`${daemon.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}
