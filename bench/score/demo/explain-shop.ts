import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect, type Scope } from 'effect';
import { DemoFailed, type ObsError } from '../../../src/engine/domain/errors.ts';
import { instancesFor, turnOnAll } from '../../../src/engine/demo/faults.ts';
import { driveLoad } from '../../../src/engine/demo/load/drive-load.ts';
import { type Shop, startShop } from '../../../src/engine/demo/shop.ts';
import { countStored, findWorstTrace, readSymptoms, type RunTimes } from '../../../src/engine/demo/symptoms.ts';
import { allEvidence } from '../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../src/engine/explain/evidence/check.ts';
import { explainQuestion, type ExplainFailure } from '../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { Question } from '../../../src/engine/explain/question.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { type ExplainCase, kindOf } from './explain-cases.ts';
import { judgeAnswer, type JudgedAnswer } from './judge-answer.ts';

export interface ExplainPlan {
  readonly otlpHttp: string;
  readonly rate: number;
  readonly quietMs: number;
  readonly faultMs: number;
  /** Where answers are kept. */
  readonly keepAnswers?: string | undefined;
}

export interface AnswerRun extends JudgedAnswer {
  /** The worst trace, as the demo asks; or the time since the fault, of the shop's services. */
  readonly asked: 'trace' | 'range';
  readonly seconds: number;
  /** Statements of its evidence, and how many gave the same rows when they were run again. */
  readonly evidence: { readonly all: number; readonly equal: number; readonly differ: readonly string[] };
}

export interface ExplainRun {
  readonly kind: string;
  readonly seed: number;
  readonly suffix: string;
  readonly times: RunTimes & { readonly endAt: number };
  readonly requests: number;
  readonly failed: number;
  readonly answers: readonly AnswerRun[];
}

/** Less often than the demo's, as several shops share a machine. */
const exportMs = { spans: 700, logs: 700, metrics: 2_000 } as const;
const warmUp = { ms: 3_000, seed: -1, rate: 20 } as const;
const storedWithinMs = 120_000;
/** Requests that were dropped unanswered have no root span. */
const storedShare = 0.97;
/** Longer than a service keeps its spans. */
const settleMs = 2_500;
const instrumented = ['web', 'cart', 'checkout', 'payment', 'inventory'] as const;

/** One shop with its faults, open as long as the plan says, and what `explain` answers about it. */
export const explainShop = (
  plan: ExplainPlan,
  what: ExplainCase,
  suffix: string,
): Effect.Effect<ExplainRun, ObsError, QueryClient> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { otlpHttp } = plan;
      const instances = instancesFor(what.faults);
      const shop = yield* startShop({ otlpHttp, seed: what.seed, nameSuffix: suffix, exportMs, instances });
      const { times, counts } = yield* letItRun(plan, what, suffix, shop);
      const worst = yield* findWorstTrace(yield* waitUntilStored(times, counts.sent), times);
      const range = { fromMs: times.faultAt, toMs: Date.now() };
      const questions: readonly Question[] = [
        ...(worst === null ? [] : [{ ask: 'trace', traceId: worst.traceId } as const]),
        { ask: 'range', range, services: instrumented.map((service) => `${service}${suffix}`) },
      ];
      const answers = yield* Effect.forEach(questions, (question) => ask(plan, what, suffix, question));
      return {
        kind: kindOf(what),
        seed: what.seed,
        suffix,
        times,
        requests: counts.sent,
        failed: counts.failed,
        answers,
      };
    }),
  );

const letItRun = Effect.fnUntraced(function* (
  { rate, quietMs, faultMs }: ExplainPlan,
  { faults, seed }: ExplainCase,
  nameSuffix: string,
  shop: Shop,
): Effect.fn.Return<
  { readonly times: ExplainRun['times']; readonly counts: { readonly sent: number; readonly failed: number } },
  DemoFailed,
  Scope.Scope
> {
  const warming = yield* driveLoad({ url: shop.webUrl, seed: warmUp.seed, rate: warmUp.rate });
  yield* Effect.sleep(warmUp.ms);
  yield* warming.finish;
  const load = yield* driveLoad({ url: shop.webUrl, seed, rate });
  const startedAt = Date.now();
  yield* Effect.sleep(quietMs);
  const faultAt = Date.now();
  yield* turnOnAll(faults, shop);
  yield* Effect.sleep(faultMs);
  const endAt = Date.now();
  const counts = yield* load.finish;
  return { times: { startedAt, faultAt, endAt, nameSuffix }, counts };
});

/**
 * Until each request has its root span in the store and no more spans of the shop come: what is asked before has less to
 * stand on, and its evidence would change.
 * @throws DemoFailed when the store is that far behind: the run says nothing about the answer then
 */
const waitUntilStored = Effect.fnUntraced(function* (times: ExplainRun['times'], requests: number) {
  const giveUpAt = Date.now() + storedWithinMs;
  let spans = -1;
  for (;;) {
    const symptoms = yield* readSymptoms(times);
    const now = yield* countSpans(times);
    if (countStored(symptoms) >= requests * storedShare && now === spans) return symptoms;
    if (Date.now() >= giveUpAt) {
      const reason = `the store has ${countStored(symptoms)} of ${requests} requests after ${storedWithinMs / 1000} s`;
      return yield* new DemoFailed({ step: 'wait for the store', reason });
    }
    spans = now;
    yield* Effect.sleep(settleMs);
  }
});

/** Of the load's time alone: a shop whose background work goes on sends for ever. */
const countSpans = Effect.fnUntraced(function* ({ startedAt, endAt, nameSuffix = '' }: ExplainRun['times']) {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ spans: number }>(
    `SELECT toUInt32(count()) AS spans FROM otel_traces
WHERE ServiceName IN {services:Array(String)} AND Timestamp >= fromUnixTimestamp64Milli({startedAt:Int64})
  AND Timestamp < fromUnixTimestamp64Milli({endAt:Int64})`,
    { parameters: { startedAt, endAt, services: instrumented.map((service) => `${service}${nameSuffix}`) } },
  );
  return row?.spans ?? 0;
});

const ask = Effect.fnUntraced(function* (
  { keepAnswers }: ExplainPlan,
  what: ExplainCase,
  suffix: string,
  question: Question,
): Effect.fn.Return<AnswerRun, ExplainFailure, QueryClient> {
  const began = performance.now();
  const answer = yield* explainQuestion(question);
  const seconds = (performance.now() - began) / 1000;
  const asked = question.ask === 'trace' ? 'trace' : 'range';
  if (keepAnswers !== undefined) keep(keepAnswers, `${kindOf(what)} ${what.seed} ${asked}`, answer);
  const checks = yield* Effect.forEach(allEvidence(answer), ({ evidence }) =>
    recheck(evidence).pipe(Effect.map((check) => ({ check, title: evidence.title }))),
  );
  const differ = checks.filter(({ check }) => !('holds' in check && check.holds)).map(({ title }) => title);
  return {
    asked,
    ...judgeAnswer(what.faults, suffix, answer),
    seconds,
    evidence: { all: checks.length, equal: checks.length - differ.length, differ },
  };
});

function keep(folder: string, name: string, answer: Explanation): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^a-z0-9]+/g, '-')}.json`), `${JSON.stringify(answer)}\n`);
}
