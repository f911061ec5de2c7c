import { Clock, Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed, type TraceNotFound } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { parseMoment } from '../../domain/time-range.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Question, TimeRange } from '../question.ts';
import { readChoice, resolveTrace } from '../resolve-trace.ts';
import { traceIdDigits, traceIdIn } from '../trace-id-text.ts';
import { checkOperation, checkServices } from './known-names.ts';
import { readSideText } from './read-side.ts';

/** What was typed, as it was typed. */
export interface TypedQuestion {
  /** Trace ids, or the two sides of a comparison. */
  readonly names: readonly string[];
  readonly by?: 'latest' | 'slowest' | 'errors' | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly usual?: string | undefined;
  readonly services: readonly string[];
  readonly operation?: string | undefined;
  readonly incident?: string | undefined;
  readonly anomaly?: string | undefined;
  readonly deploy?: string | undefined;
  readonly compare: boolean;
}

type Failure = TraceNotFound | BadInput | QueryFailed | EngineUnavailable;

/** How far back is looked where nothing was said: at a time, and for traces and sides. */
const usualSince = '10m';
const lookBack = '1h';

/** Which of all questions is meant; ids of traces are whole afterwards. */
export const readQuestion = Effect.fnUntraced(function* (
  typed: TypedQuestion,
): Effect.fn.Return<Question, Failure, QueryClient> {
  const { names, by, incident, anomaly, deploy, compare } = typed;
  const ways = [
    ...(names.length > 0 ? [compare ? '--compare' : `${names.length === 1 ? 'a trace' : 'traces'}`] : []),
    ...(by === undefined ? [] : [`--${by}`]),
    ...(incident === undefined ? [] : ['--incident']),
    ...(anomaly === undefined ? [] : ['--anomaly']),
    ...(deploy === undefined ? [] : ['--deploy']),
  ];
  if (ways.length > 1) {
    return yield* new BadInput({
      what: 'Two things were asked at once',
      why: `${ways.slice(0, -1).join(', ')} and ${ways.at(-1)} each name what to explain`,
      hint: 'obs explain <trace-id>, or one of --incident, --anomaly, --deploy, --compare A B, --since 10m',
    });
  }
  const [way = 'a time'] = ways;
  yield* refuseIdle(
    typed,
    way,
    by !== undefined ? ['since', 'until', 'service'] : compare ? ['since'] : way === 'a time' ? idleFlags : [],
  );
  if (compare) return yield* comparison(typed);
  if (incident !== undefined) return { ask: 'incident', id: incident };
  if (anomaly !== undefined) return { ask: 'anomaly', id: anomaly };
  if (deploy !== undefined) return { ask: 'deploy', id: deploy };
  if (names.length > 1) {
    return yield* severalTraces(names);
  }
  if (names.length === 1 || by !== undefined) {
    const { since = lookBack, until, services } = typed;
    yield* checkServices(services);
    const choice = yield* readChoice({ id: names[0], by, since, until, services });
    return { ask: 'trace', traceId: yield* resolveTrace(choice) };
  }
  return yield* aboutTime(typed);
});

/** As many as are read are looked up, the others taken as they are. Several names of one trace are that trace. */
const severalTraces = Effect.fnUntraced(function* (
  names: readonly string[],
): Effect.fn.Return<Question, Failure, QueryClient> {
  const given = [...new Map(names.map((name) => [traceIdIn(name) ?? name, name]))];
  const { sideTraces, leftOutTraces } = limits.explain;
  const found = yield* Effect.forEach(given.slice(0, sideTraces), ([, id]) => resolveTrace({ by: 'id', id }));
  const [first, ...more] = new Set(found);
  const traceIds = first === undefined ? [] : [first, ...more];
  const others = given.slice(sideTraces, sideTraces + leftOutTraces).map(([id]) => id.padStart(traceIdDigits, '0'));
  const leftOut = [...new Set(others)].filter((id) => !traceIds.includes(id));
  if (leftOut.length > 0) return { ask: 'traces', traceIds, leftOut };
  return first !== undefined && more.length === 0 ? { ask: 'trace', traceId: first } : { ask: 'traces', traceIds };
});

/** Flags that only some questions have a use for. */
const idleFlags = ['since', 'until', 'usual', 'service', 'operation'] as const;
type IdleFlag = (typeof idleFlags)[number];

/** A flag that would do nothing is a misunderstanding, and is said to be one. */
const refuseIdle = Effect.fnUntraced(function* (
  typed: TypedQuestion,
  way: string,
  used: readonly IdleFlag[],
): Effect.fn.Return<void, BadInput> {
  const isGiven = (flag: IdleFlag): boolean =>
    flag === 'service' ? typed.services.length > 0 : typed[flag] !== undefined;
  const idle = idleFlags.filter((flag) => isGiven(flag) && !used.includes(flag));
  if (idle.length === 0) return;
  const flags = idle.map((flag) => `--${flag}`).join(', ');
  return yield* new BadInput({
    what: `${flags} ${idle.length === 1 ? 'does' : 'do'} not go with ${way}`,
    why: `${way} says itself what is looked at`,
    hint: 'Leave it out, or ask about a time: obs explain --since 10m --service checkout',
  });
});

const comparison = Effect.fnUntraced(function* ({
  names,
  since = lookBack,
}: TypedQuestion): Effect.fn.Return<Question, Failure, QueryClient> {
  const [bad, good] = names;
  if (bad === undefined || good === undefined || names.length > 2) {
    return yield* new BadInput({
      what: '--compare takes two sides',
      why: `${names.length === 0 ? 'none was' : names.length === 1 ? 'one was' : `${names.length} were`} given`,
      hint: 'obs explain --compare cart@3.2.0 cart@3.1.4, two trace ids, two times (12:00/12:05 as ISO 8601), or key=value key=value',
    });
  }
  const now = yield* Clock.currentTimeMillis;
  const within = { fromMs: yield* parseMoment(since, now), toMs: now };
  return { ask: 'compare', bad: yield* readSideText(bad), good: yield* readSideText(good), within };
});

const aboutTime = Effect.fnUntraced(function* (typed: TypedQuestion): Effect.fn.Return<Question, Failure, QueryClient> {
  const now = yield* Clock.currentTimeMillis;
  if (typed.since === undefined && typed.until === undefined && typed.services.length === 0) {
    return yield* new BadInput({
      what: 'Nothing was named to explain',
      why:
        typed.operation === undefined
          ? 'neither a trace, an incident, a time nor a service says what'
          : 'an operation alone says neither whose nor when',
      hint: 'obs explain <trace-id>, or `obs explain --since 10m` for whatever is wrong',
    });
  }
  const range = {
    fromMs: yield* parseMoment(typed.since ?? usualSince, now),
    toMs: typed.until === undefined ? now : yield* parseMoment(typed.until, now),
  };
  if (range.fromMs >= range.toMs) {
    return yield* new BadInput({
      what: 'The time range is empty',
      why: `--since ${typed.since ?? usualSince} is not before --until ${typed.until ?? 'now'}`,
      hint: '--since 2h --until 1h',
    });
  }
  const usual = typed.usual === undefined ? undefined : yield* readTimes(typed.usual, now, '--usual');
  yield* checkServices(typed.services, range.fromMs);
  yield* checkOperation(typed.operation, typed.services, range);
  return {
    ask: 'range',
    range,
    ...(typed.services.length === 0 ? {} : { services: typed.services }),
    ...(typed.operation === undefined ? {} : { operation: typed.operation }),
    ...(usual === undefined ? {} : { usual }),
  };
});

/** `FROM/TO`, each as `--since` takes it. */
const readTimes = Effect.fnUntraced(function* (
  text: string,
  now: number,
  flag: string,
): Effect.fn.Return<TimeRange, BadInput> {
  const [from, to, more] = text.split('/');
  if (from !== undefined && to !== undefined && more === undefined) {
    const range = { fromMs: yield* parseMoment(from, now), toMs: yield* parseMoment(to, now) };
    if (range.fromMs < range.toMs) return range;
  }
  return yield* new BadInput({
    what: `Cannot read the time "${text}" of ${flag}`,
    why: 'it is not two moments with a slash between, the earlier one first',
    hint: `${flag} 2h/1h, or ${flag} 2026-01-31T12:00:00Z/2026-01-31T12:10:00Z`,
  });
});
