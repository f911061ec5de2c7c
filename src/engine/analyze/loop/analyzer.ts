import { Clock, Effect, Schedule, Stream, type Scope } from 'effect';
import type { AnalyzeSettings } from '../../config/analyze-settings.ts';
import type { AnalyzeResult, AnalyzeTask } from '../../domain/analyze-task.ts';
import type { ObsError } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { watchChanges } from '../changes/watch-changes.ts';
import { closeWindows } from '../features/close-windows.ts';
import { createHooks } from '../incidents/hooks/hooks.ts';
import { trainDue } from '../models/train-due.ts';
import type { Trainer } from '../models/trainer.ts';
import { openVotes } from '../models/votes.ts';
import { makePredictions } from '../predict/make-predictions.ts';
import { markPredictions } from '../predict/mark-predictions.ts';
import { predictionSummary } from '../predict/read-predictions.ts';
import { doAnalyzeTask } from './analyze-work.ts';
import type { AnalyzerStatus } from './analyzer-status.ts';
import { type Attempts, makeAttempts } from './attempts.ts';
import { closableTime } from './closable-time.ts';
import { lastClosed, nextClosing } from './observed-windows.ts';
import { openPatternMining } from './pattern-mining.ts';
import { openWatch, type Watch } from './watch.ts';

export interface RunningAnalyzer {
  readonly status: Effect.Effect<AnalyzerStatus>;
  readonly work: (task: AnalyzeTask) => Effect.Effect<AnalyzeResult, ObsError>;
}

type Needs = QueryClient | OwnTables | Trainer;

const minutely = Schedule.spaced('1 minute');
const tenMinutely = Schedule.spaced('10 minutes');
/** How often is looked whether a model is due. */
const trainingLook = Schedule.spaced('5 minutes');

/**
 * Starts everything that runs by the clock; it ends with the scope. Nothing in here fails: what cannot be done now is
 * noted in the status, and tried again.
 * @param oldestWaiting since when the oldest telemetry waits that was taken and is not in the store; `null` when none does
 * @param onEvent what somebody should know of; it goes into the log, and into the store as a log record of obs's own
 */
export const startAnalyzer = Effect.fnUntraced(function* (
  settings: AnalyzeSettings,
  onEvent: (event: string) => void,
  oldestWaiting: Effect.Effect<number | null>,
): Effect.fn.Return<RunningAnalyzer, never, Scope.Scope | Needs> {
  const context = yield* Effect.context<Needs>();
  const attempts = makeAttempts(onEvent);
  const hooks = yield* createHooks(settings.hooks);
  const votes = yield* openVotes;
  const mining = yield* openPatternMining(attempts, onEvent);
  const watch = yield* openWatch(settings, { attempts, hooks, votes, onEvent });
  let skippedModels: readonly string[] = [];
  let loadedModels = 0;
  let predictions: AnalyzerStatus['predictions'] = { open: 0, right: 0, wrong: 0 };

  const refreshVotes = attempts.attempt('load the models', votes.refresh, null).pipe(
    Effect.map((report) => {
      if (report === null) return;
      loadedModels = report.loaded;
      skippedModels = report.skipped.map(({ scope, id, why }) => `${id} of ${scope}: ${why}`);
    }),
  );
  const train = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis;
    const reports = yield* trainDue(now, null);
    for (const { line } of reports) onEvent(`analyzer: ${line}`);
    if (reports.length > 0) yield* refreshVotes;
  });
  const predict = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis;
    yield* attempts.attempt('mark predictions', markPredictions(now), null);
    yield* attempts.attempt('make predictions', makePredictions(now, settings.objectives), null);
    const { open, right, wrong } = yield* attempts.attempt('count predictions', predictionSummary, {
      open: [],
      right: 0,
      wrong: 0,
      untold: 0,
      sinceMs: 0,
    });
    predictions = { open: open.length, right, wrong };
  });

  yield* refreshVotes;
  yield* watchWindows(watch, attempts, oldestWaiting).pipe(Effect.forkScoped);
  yield* Effect.andThen(watch.refresh, Effect.andThen(watch.saveNews, mining.mine)).pipe(
    Effect.repeat(minutely),
    Effect.forkScoped,
  );
  yield* watchChanges(attempts, onEvent).pipe(Effect.repeat(minutely), Effect.forkScoped);
  yield* Effect.andThen(predict, Effect.andThen(watch.save, mining.save)).pipe(
    Effect.repeat(tenMinutely),
    Effect.delay('1 minute'),
    Effect.forkScoped,
  );
  // Not within an attempt's time: a model may take as long as it takes.
  yield* attempts
    .forLong('train', train)
    .pipe(Effect.repeat(trainingLook), Effect.delay('2 minutes'), Effect.forkScoped);
  // Whoever stops obs finds it later where it was.
  yield* Effect.addFinalizer(() =>
    Effect.andThen(watch.save, mining.save).pipe(Effect.timeoutOption('3 seconds'), Effect.provideContext(context)),
  );

  const status = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis;
    const { user, system } = process.cpuUsage();
    const { delivered, waiting, givenUp } = hooks.status();
    return {
      ...watch.status(now),
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      models: { loaded: loadedModels, skipped: skippedModels },
      hooks: { delivered, waiting, givenUp },
      predictions,
      problems: attempts.problems(),
    } satisfies AnalyzerStatus;
  });
  const afterTask: { readonly [K in AnalyzeTask['kind']]?: Effect.Effect<void, never, Needs> } = {
    note: watch.refresh,
    change: Effect.void,
  };
  const work = (task: AnalyzeTask): Effect.Effect<AnalyzeResult, ObsError> =>
    doAnalyzeTask(task).pipe(
      Effect.tap(() => afterTask[task.kind] ?? refreshVotes),
      Effect.provideContext(context),
    );
  return { status, work };
});

/** Closes windows as their time comes and scores what was closed, one after the other, for ever. */
function watchWindows(
  watch: Watch,
  attempts: Attempts,
  oldestWaiting: Effect.Effect<number | null>,
): Effect.Effect<void, never, Needs> {
  const { latenessMs } = limits.analyze;
  let closedFor = 0;
  // What lies behind is closed in portions, without a pause between them.
  let isBehind = true;
  const closing = Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis;
    if (!isBehind) yield* Effect.sleep(nextClosing(before, latenessMs) - before);
    const hasNew = (time: number): boolean => isBehind || lastClosed(time, latenessMs) > closedFor;
    const closable = yield* closableTime(oldestWaiting).pipe(
      Effect.repeat({ schedule: Schedule.spaced('1 second'), until: hasNew }),
    );
    const report = yield* attempts.attempt('close windows', closeWindows(closable), null);
    if (report !== null) closedFor = lastClosed(closable, latenessMs);
    isBehind = report !== null && report.behindMs > 0;
    return report;
  });
  return Stream.fromEffectRepeat(closing).pipe(
    Stream.filter((report) => report !== null),
    Stream.runForEach(watch.score),
  );
}
