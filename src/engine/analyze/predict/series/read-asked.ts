import { Effect } from 'effect';
import type { SeriesName } from '../../../domain/anomaly.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { firstCallMs, goldenSignals, readGolden, signalUnits, type GoldenSignal } from './golden-signals.ts';
import { metricExtent, readMetric } from './metric-series.ts';
import { olderWindows } from './older-windows.ts';
import { spanText } from '../words.ts';
import { closedSteps, fromFirstValue, stepFor, type Steps } from './steps.ts';
import type { StoredSeries } from './stored-series.ts';
import { nothingOf } from './unknown-names.ts';

/** Which series of the store; a service with a signal, or a metric. */
export interface SeriesAsk {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly signal?: string | undefined;
  readonly metric?: string | undefined;
  readonly attributes?: readonly (readonly [key: string, value: string])[];
  /** Unix milliseconds; as far back as there are data, 14 days at most, where none is given. */
  readonly sinceMs?: number | undefined;
  /** How far ahead is asked: a step is never so short that it would be thousands. */
  readonly horizonMs?: number | undefined;
}

type Failures = BadInput | QueryFailed | EngineUnavailable;

/** Reads the series that is asked for, at the shortest step at which it is not too long. */
export const readAsked = Effect.fnUntraced(function* (
  ask: SeriesAsk,
  nowMs: number,
): Effect.fn.Return<StoredSeries, Failures, QueryClient> {
  return yield* ask.metric === undefined ? askedSignal(ask, nowMs) : askedMetric(ask, ask.metric, nowMs);
});

const sinceOf = ({ sinceMs }: SeriesAsk, nowMs: number): number => sinceMs ?? nowMs - limits.predict.historyMs;

function stepsFor(ask: SeriesAsk, firstMs: number, nowMs: number, everyMs = 0): Effect.Effect<Steps, BadInput> {
  const fromMs = Math.max(firstMs, sinceOf(ask, nowMs));
  const knownMs = nowMs - fromMs;
  const span = stepFor(knownMs, limits.predict.steps, everyMs);
  const ahead = ask.horizonMs === undefined ? 0 : stepFor(ask.horizonMs, limits.predict.horizonSteps);
  const isTooFar = ahead > span && knownMs / ahead < limits.predict.fewestValues;
  return isTooFar
    ? Effect.fail(tooFar(ask.horizonMs!, ahead, knownMs))
    : Effect.succeed(closedSteps(fromMs, nowMs, Math.max(span, ahead)));
}

/** A horizon whose steps are so long that the history has hardly any. */
const tooFar = (horizonMs: number, stepMs: number, knownMs: number): BadInput =>
  new BadInput({
    what: `Cannot forecast ${spanText(horizonMs)} ahead`,
    why: `the history is ${spanText(knownMs)} long, which is less than ${limits.predict.fewestValues} of the steps of ${spanText(stepMs)} that so long a time is looked at in`,
    hint: `Ask for less: --horizon ${Math.max(1, Math.floor(knownMs / hourMs))}h`,
  });

const hourMs = 3_600_000;

const askedSignal = Effect.fnUntraced(function* (
  ask: SeriesAsk,
  nowMs: number,
): Effect.fn.Return<StoredSeries, Failures, QueryClient> {
  const { service, operation = null } = ask;
  if (service === undefined) {
    return yield* new BadInput({
      what: 'It is not said which series to forecast',
      why: '--signal is one of a service',
      hint: 'obs forecast --service checkout --signal p95',
    });
  }
  const signal = yield* signalOf(ask.signal ?? 'rate');
  const caller = { service, operation };
  const sinceMs = sinceOf(ask, nowMs);
  const storedMs = yield* firstCallMs(caller, sinceMs);
  const older = yield* olderWindows(caller, signal, sinceMs, storedMs ?? nowMs);
  const firstMs = older.firstMs ?? storedMs;
  if (firstMs === null) {
    const isKnown = operation !== null && (yield* firstCallMs({ service, operation: null }, 0)) !== null;
    const nothing = isKnown ? nothingOf('operation', operation, service) : nothingOf('service', service, null);
    return yield* yield* nothing;
  }
  const steps = yield* stepsFor(ask, firstMs, nowMs);
  const values = (yield* readGolden(caller, steps))[signal];
  older.fill(values, steps, storedMs ?? nowMs);
  const name: SeriesName = {
    kind: operation === null ? 'service' : 'operation',
    service,
    subject: operation ?? '',
    feature: signal,
  };
  const title = `${signal} of ${service}${operation === null ? '' : ` ${operation}`} (${signalUnits[signal]})`;
  return yield* whole(name, title, values, steps, []);
});

const signalOf = (text: string): Effect.Effect<GoldenSignal, BadInput> => {
  const signal = goldenSignals.find((known) => known === text);
  return signal === undefined
    ? Effect.fail(
        new BadInput({
          what: `Cannot use --signal ${text}`,
          why: `it is none of ${goldenSignals.join(', ')}`,
          hint: '--signal p95',
        }),
      )
    : Effect.succeed(signal);
};

const askedMetric = Effect.fnUntraced(function* (
  ask: SeriesAsk,
  metric: string,
  nowMs: number,
): Effect.fn.Return<StoredSeries, Failures, QueryClient> {
  const { service = null, attributes = [] } = ask;
  const choice = { metric, service, attributes };
  const extent = yield* metricExtent(choice, sinceOf(ask, nowMs), nowMs);
  if (extent === null) return yield* yield* nothingOf('metric', metric, service);
  const steps = yield* stepsFor(ask, extent.firstMs, nowMs, extent.everyMs);
  const values = yield* readMetric(choice, extent, steps);
  const name: SeriesName = {
    kind: 'metric',
    service: service ?? '',
    subject: subjectOf(choice),
    feature: extent.meaning,
  };
  const unit = `${extent.unit}${extent.meaning === 'rate' ? '/s' : ''}`;
  const notes =
    extent.streams > 1
      ? [
          `${extent.streams} streams of ${metric} are ${extent.unit === '1' ? 'averaged' : 'taken together'}; narrow them with --attr or --service`,
        ]
      : [];
  if (extent.points > values.length * extent.streams * 2) {
    notes.push(
      `${extent.points.toLocaleString('en')} points were put on ${values.length} steps of ${spanText(steps.stepMs)}`,
    );
  }
  const title = `${name.subject}${service === null ? '' : ` of ${service}`}${unit === '' ? '' : ` (${unit})`}`;
  return yield* whole(name, title, values, steps, notes);
});

/** A metric with its attributes, as people read it. */
export function subjectOf({
  metric,
  attributes,
}: {
  readonly metric: string;
  readonly attributes: readonly (readonly [string, string])[];
}): string {
  return attributes.length === 0
    ? metric
    : `${metric}{${attributes.map(([key, value]) => `${key}=${value}`).join(',')}}`;
}

function whole(
  name: SeriesName,
  title: string,
  all: Float64Array,
  { fromMs, stepMs }: Steps,
  notes: readonly string[],
): Effect.Effect<StoredSeries, BadInput> {
  const cut = fromFirstValue(all, fromMs, stepMs);
  const known = cut === null ? 0 : cut.values.filter(Number.isFinite).length;
  if (cut === null || known < limits.predict.fewestValues) {
    return Effect.fail(
      new BadInput({
        what: `The history of ${title} is too short to forecast`,
        why: `there ${known === 1 ? 'is 1 value' : `are ${known} values`} in steps of ${spanText(stepMs)}, and at least ${limits.predict.fewestValues} are needed`,
        hint: 'Ask again when more has come, or from earlier on with --since',
      }),
    );
  }
  const missing = cut.values.length - known;
  const gaps = missing === 0 ? [] : [`${missing} of ${cut.values.length} steps have no value; they are bridged`];
  return Effect.succeed({ name, title, stepMs, ...cut, notes: [...notes, ...gaps] });
}
