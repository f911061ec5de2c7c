import { Clock, Effect, Exit, type Scope } from 'effect';
import { ensureDaemon, type Launched, stopDaemon } from '../daemon/launch.ts';
import { queryAccess } from '../daemon/query-access.ts';
import { DemoFailed, type ObsError } from '../domain/errors.ts';
import { explainTrace } from '../explain/explain-trace.ts';
import { wrap } from '../explain/render/columns.ts';
import { QueryClient } from '../store/query-client.ts';
import type { DemoResult } from './demo-result.ts';
import type { FaultName } from './fault-names.ts';
import { faults, instancesFor, turnOnAll } from './faults.ts';
import { judge } from './judge.ts';
import { driveLoad, type Load } from './load/drive-load.ts';
import type { Progress } from './progress.ts';
import { type Shop, startShop } from './shop.ts';
import { serviceNames } from './shop/service-protocol.ts';
import { countStored, findWorstTrace, readSymptoms, type RunTimes } from './symptoms.ts';

export interface DemoOptions {
  /** Turned on together; empty for load alone. */
  readonly faults: readonly FaultName[];
  /** Requests per second, on average. */
  readonly rate: number;
  /** Of the load, baseline and fault together. */
  readonly durationMs: number;
  readonly seed: number;
  /** Goes on after the explanation until it is interrupted. */
  readonly keep: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Part of the load's time before the fault: history to compare with needs at least two windows of 10 s. */
const baselineShare = 0.55;
/** Before what is measured: code that runs for the first time is slow, and would make the baseline look bad. */
const warmUp = { ms: 2000, rate: 20, seed: -1 } as const;
const storedWithinMs = 20_000;
/** Findings of a trace among which each of several faults is looked for. */
const shownOfSeveral = 3;

/**
 * The whole demonstration. `show` gets the result once it is there; with `keep` the effect then goes on until it is
 * interrupted. Whatever ends it, the shop's processes are gone afterwards; a backend that was started for it stays
 * after success, so that its data can be looked at, and goes when the demo failed or was interrupted.
 */
export function runDemo(
  env: Environment,
  options: DemoOptions,
  progress: Progress,
  show: (result: DemoResult) => void,
): Effect.Effect<void, ObsError> {
  return Effect.scoped(
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis;
      progress.status('Bringing up the backend …');
      const backend = yield* backendForDemo(env, progress);
      progress.step(
        backend.startedByUs ? `Started the backend (pid ${backend.pid}).` : `The backend is up (pid ${backend.pid}).`,
      );
      yield* demonstrate(options, backend, startedAt, progress, show).pipe(Effect.provide(queryAccess(env)));
    }),
  ).pipe(Effect.ensuring(Effect.sync(progress.clear)));
}

function backendForDemo(env: Environment, progress: Progress): Effect.Effect<Launched, ObsError, Scope.Scope> {
  return Effect.acquireRelease(
    ensureDaemon(env),
    ({ startedByUs }, exit) => {
      if (!startedByUs || Exit.isSuccess(exit)) return Effect.void;
      progress.status('Stopping the backend that was started for the demo …');
      return Effect.ignore(stopDaemon(env));
    },
    { interruptible: true },
  );
}

const demonstrate = Effect.fnUntraced(function* (
  options: DemoOptions,
  backend: Launched,
  beganAt: number,
  progress: Progress,
  show: (result: DemoResult) => void,
): Effect.fn.Return<void, ObsError, QueryClient | Scope.Scope> {
  const { seed, rate, keep } = options;
  if (backend.secured) {
    return yield* new DemoFailed({
      step: 'open the shop',
      reason:
        'its services send in the clear and without a token, and the running backend asks for more; choose another OBS_HOME',
    });
  }
  const injected = options.faults.map((name) => faults[name]);
  progress.status('Opening the shop …');
  const shop = yield* startShop({
    otlpHttp: backend.endpoints.otlpHttp,
    seed,
    instances: instancesFor(options.faults),
  });
  progress.step(
    `Opened a shop: ${serviceNames.filter((name) => name !== 'bank' && name !== 'carriers').join(', ')}; and a bank,`,
  );
  progress.step('  a third party, which sends no telemetry.');
  if (injected.length > 0) yield* warmUpShop(shop, rate, progress);

  const load = yield* driveLoad({ url: shop.webUrl, seed, rate });
  const times = yield* letItRun(shop, load, options, progress);
  progress.status('Waiting for the last answers …');
  const counts = yield* load.finish;
  // Customers stay away while the store is asked, unless they are to stay.
  if (keep) yield* driveLoad({ url: shop.webUrl, seed: seed + 1, rate });

  progress.status('Waiting until the store has it all …');
  const symptoms = yield* waitUntilStored(times, counts.sent);
  const worst = injected.length === 0 ? null : yield* findWorstTrace(symptoms, times);
  if (worst !== null) progress.status(`Explaining trace ${worst.traceId} …`);
  const explanation = worst === null ? null : yield* explainTrace(worst.traceId);
  const result: DemoResult = {
    faults: injected.map((fault) => ({
      name: fault.name,
      culprit: fault.culprit,
      judgement: judge(fault, explanation, injected.length === 1 ? 1 : shownOfSeveral),
    })),
    worstTrace: worst,
    symptoms,
    explanation,
    endpoints: backend.endpoints,
    startedBackend: backend.startedByUs,
    counts: { ...counts, stored: yield* countSignals(times.startedAt) },
    seed,
    durationMs: (yield* Clock.currentTimeMillis) - beganAt,
  };
  progress.clear();
  yield* Effect.sync(() => show(result));
  if (!keep) return progress.status('Closing the shop …');
  progress.step(`The shop stays open${injected.length === 0 ? '' : ', as it is,'} until Ctrl-C.`);
  yield* Effect.never;
});

/** Customers of whom no account is taken; all of them are answered when it ends. */
const warmUpShop = (shop: Shop, rate: number, progress: Progress): Effect.Effect<void> =>
  Effect.scoped(
    Effect.gen(function* () {
      const load = yield* driveLoad({ url: shop.webUrl, seed: warmUp.seed, rate: Math.max(rate, warmUp.rate) });
      yield* watchLoad('Warming up', load, warmUp.ms, progress);
      yield* load.finish;
    }),
  );

/** The baseline, then the fault. */
const letItRun = Effect.fnUntraced(function* (
  shop: Shop,
  load: Load,
  { faults: names, rate, durationMs }: DemoOptions,
  progress: Progress,
): Effect.fn.Return<RunTimes, ObsError, Scope.Scope> {
  const startedAt = yield* Clock.currentTimeMillis;
  const injected = names.map((name) => faults[name]);
  const baselineMs = injected.length === 0 ? durationMs : durationMs * baselineShare;
  progress.step(
    injected.length === 0
      ? `Customers come: ${rate} requests a second for ${seconds(durationMs)}, no fault.`
      : `Customers come: ${rate} requests a second. All is well for ${seconds(baselineMs)}.`,
  );
  yield* watchLoad('All is well', load, baselineMs, progress);
  const faultAt = yield* Clock.currentTimeMillis;
  if (injected.length === 0) return { startedAt, faultAt };
  yield* turnOnAll(names, shop);
  for (const { name, title } of injected) {
    for (const line of wrap(`Turned on ${name}: ${title}.`, 80)) progress.step(line);
  }
  yield* watchLoad(names.join(', '), load, durationMs - baselineMs, progress);
  return { startedAt, faultAt };
});

const watchLoad = Effect.fnUntraced(function* (what: string, load: Load, forMs: number, progress: Progress) {
  const until = (yield* Clock.currentTimeMillis) + forMs;
  for (;;) {
    const leftMs = until - (yield* Clock.currentTimeMillis);
    if (leftMs <= 0) return;
    const { sent, failed } = load.counts();
    progress.status(`${what}: ${sent} requests, ${failed} failed; ${seconds(leftMs)} to go`);
    yield* Effect.sleep(Math.min(leftMs, 250));
  }
});

/** The store has it all when each answered request has its root span there; what is late after a while is left out. */
const waitUntilStored = Effect.fnUntraced(function* (times: RunTimes, requests: number) {
  const giveUpAt = (yield* Clock.currentTimeMillis) + storedWithinMs;
  for (;;) {
    const symptoms = yield* readSymptoms(times);
    if (countStored(symptoms) >= requests || (yield* Clock.currentTimeMillis) >= giveUpAt) return symptoms;
    yield* Effect.sleep('200 millis');
  }
});

const countSignals = Effect.fnUntraced(function* (since: number) {
  const client = yield* QueryClient;
  const count = (table: string, time: string): string =>
    `(SELECT toUInt32(count()) FROM ${table} WHERE ResourceAttributes['service.namespace'] = 'shop' AND ${time} >= fromUnixTimestamp64Milli({since:Int64}))`;
  const points = ['gauge', 'sum', 'histogram'].map((kind) => count(`otel_metrics_${kind}`, 'TimeUnix')).join(' + ');
  const [row] = yield* client.rows<DemoResult['counts']['stored']>(
    `SELECT ${count('otel_traces', 'Timestamp')} AS spans, ${count('otel_logs', 'Timestamp')} AS logs, toUInt32(${points}) AS points`,
    { parameters: { since } },
  );
  return row ?? { spans: 0, logs: 0, points: 0 };
});

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;
