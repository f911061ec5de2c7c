import { Effect, type Scope } from 'effect';
import { DemoFailed, type ObsError } from '../../../src/engine/domain/errors.ts';
import type { FaultName } from '../../../src/engine/demo/fault-names.ts';
import { instancesFor, turnOnAll } from '../../../src/engine/demo/faults.ts';
import { driveLoad } from '../../../src/engine/demo/load/drive-load.ts';
import { type Shop, startShop } from '../../../src/engine/demo/shop.ts';
import { countStored, findWorstTrace, readSymptoms, type RunTimes } from '../../../src/engine/demo/symptoms.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import type { ExplainCase } from './explain-cases.ts';

export interface ShopPlan {
  readonly otlpHttp: string;
  /** Requests a second. */
  readonly rate: number;
  readonly quietMs: number;
  readonly faultMs: number;
}

/** A shop whose telemetry lies in the store, with all that is needed to ask about it. */
export interface StoredShop {
  readonly faults: readonly FaultName[];
  readonly seed: number;
  /** Behind the names of its services. */
  readonly suffix: string;
  /** Unix milliseconds. */
  readonly times: RunTimes & { readonly endAt: number };
  readonly requests: number;
  readonly failed: number;
  /** The trace that the demo would ask about; null where no operation of its customers became worse. */
  readonly worstTrace: string | null;
  /** Unix milliseconds: when all of it was stored. */
  readonly storedAt: number;
}

/** Services that send telemetry. */
export const instrumented = ['web', 'cart', 'checkout', 'payment', 'inventory'] as const;

/** Less often than the demo's, as several shops share a machine. */
const exportMs = { spans: 700, logs: 700, metrics: 2_000 } as const;
const warmUp = { ms: 3_000, seed: -1, rate: 20 } as const;
const storedWithinMs = 120_000;
/** Requests that were dropped unanswered have no root span. */
const storedShare = 0.97;
/** Longer than a service keeps its spans. */
const settleMs = 2_500;

/** One shop with its faults, open as long as the plan says. */
export const runShop = (
  plan: ShopPlan,
  what: ExplainCase,
  suffix: string,
): Effect.Effect<StoredShop, ObsError, QueryClient> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { otlpHttp } = plan;
      const instances = instancesFor(what.faults);
      const shop = yield* startShop({ otlpHttp, seed: what.seed, nameSuffix: suffix, exportMs, instances });
      const { times, counts } = yield* letItRun(plan, what, suffix, shop);
      const worst = yield* findWorstTrace(yield* waitUntilStored(times, counts.sent), times);
      return {
        faults: what.faults,
        seed: what.seed,
        suffix,
        times,
        requests: counts.sent,
        failed: counts.failed,
        worstTrace: worst?.traceId ?? null,
        storedAt: Date.now(),
      };
    }),
  );

const letItRun = Effect.fnUntraced(function* (
  { rate, quietMs, faultMs }: ShopPlan,
  { faults, seed }: ExplainCase,
  nameSuffix: string,
  shop: Shop,
): Effect.fn.Return<
  { readonly times: StoredShop['times']; readonly counts: { readonly sent: number; readonly failed: number } },
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
const waitUntilStored = Effect.fnUntraced(function* (times: StoredShop['times'], requests: number) {
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
const countSpans = Effect.fnUntraced(function* ({ startedAt, endAt, nameSuffix = '' }: StoredShop['times']) {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ spans: number }>(
    `SELECT toUInt32(count()) AS spans FROM otel_traces
WHERE ServiceName IN {services:Array(String)} AND Timestamp >= fromUnixTimestamp64Milli({startedAt:Int64})
  AND Timestamp < fromUnixTimestamp64Milli({endAt:Int64})`,
    { parameters: { startedAt, endAt, services: instrumented.map((service) => `${service}${nameSuffix}`) } },
  );
  return row?.spans ?? 0;
});
