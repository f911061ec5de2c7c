import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { patternChanges } from '../changes/pattern-changes.ts';
import { findPatterns, linesOfStoredPattern, patternsOfTrace } from '../logs/lines-of-pattern.ts';
import { movingTogether } from '../metrics/moving-together.ts';
import { whatStartedTogether } from '../together/what-started-together.ts';
import { separatingAttributesOfShape } from '../traces/separating-in-shape.ts';
import { tracesOfShape } from '../traces/traces-of-shape.ts';
import { listPatterns } from './list-patterns.ts';
import { mineRange } from './mine-range.ts';
import * as render from './render.ts';

export interface PatternAsk {
  readonly fromMs: number;
  readonly toMs: number;
  readonly service?: string | undefined;
  readonly signal?: 'logs' | 'traces' | 'metrics' | undefined;
  /** Beginning of an id: its lines or traces in place of patterns. */
  readonly pattern?: string | undefined;
  /** A trace: the patterns of its lines. */
  readonly ofTrace?: string | undefined;
  /** Changes in place of patterns: those that are new, all others, or both. */
  readonly isNew?: boolean | undefined;
  readonly isChanged?: boolean | undefined;
  readonly isTogether?: boolean | undefined;
  readonly limit: number;
}

/** What is shown: objects for `--json`, a text for people, and sentences for stderr. */
export interface PatternLook {
  readonly rows: readonly object[];
  readonly text: (width: number) => string;
  readonly notes: readonly string[];
}

type Failure = QueryFailed | EngineUnavailable;

/** Answers what `obs patterns` asks of the store. */
export function lookAtPatterns(ask: PatternAsk): Effect.Effect<PatternLook, Failure | BadInput, QueryClient> {
  if (ask.ofTrace !== undefined) return ofTrace(ask.ofTrace);
  if (ask.pattern !== undefined) return ofPattern(ask, ask.pattern);
  if (ask.isTogether === true) return together(ask);
  if (ask.signal === 'metrics') return metrics(ask);
  return ask.isNew === true || ask.isChanged === true ? changes(ask) : all(ask);
}

const look = (rows: readonly object[], text: PatternLook['text'], ...notes: readonly string[]): PatternLook => ({
  rows,
  text,
  notes: notes.filter((note) => note !== ''),
});

const servicesOf = ({ service }: PatternAsk): readonly string[] | undefined =>
  service === undefined ? undefined : [service];

/** The signals of patterns; those of metrics were answered before. */
const patternRange = ({ fromMs, toMs, service, signal }: PatternAsk) => ({
  fromMs,
  toMs,
  service,
  signal: signal === 'metrics' ? undefined : signal,
});

const all = Effect.fnUntraced(function* (ask: PatternAsk): Effect.fn.Return<PatternLook, Failure, QueryClient> {
  const stored = yield* listPatterns(patternRange(ask));
  const isMined = stored.length > 0 || (yield* hasCounts(ask));
  const found = isMined ? stored : yield* mineRange(patternRange(ask));
  const shown = found.slice(0, ask.limit);
  const rest = found.length - shown.length;
  return look(
    shown,
    (width) => render.patterns(shown, width),
    found.length === 0 ? 'No log lines and no traces in this time.' : '',
    isMined || found.length === 0
      ? ''
      : 'Nobody has mined patterns of this time (`obs up` does): mined just now, and not kept.',
    rest > 0 ? `${rest} more with --limit.` : '',
  );
});

const hasCounts = Effect.fnUntraced(function* ({
  fromMs,
  toMs,
}: PatternAsk): Effect.fn.Return<boolean, Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows(
    'SELECT 1 FROM obs_pattern_counts WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32}) LIMIT 1',
    { parameters: { from: Math.floor(fromMs / 1000), to: Math.ceil(toMs / 1000) } },
  );
  return rows.length > 0;
});

const changes = Effect.fnUntraced(function* (ask: PatternAsk): Effect.fn.Return<PatternLook, Failure, QueryClient> {
  const found = yield* patternChanges(patternRange(ask));
  const asked = found.filter(({ kind }) => (kind === 'new' ? ask.isNew === true : ask.isChanged === true));
  const shown = asked.slice(0, ask.limit);
  const none =
    'Nothing of the kind in this time, against the day before it. Ten minutes before it must have been mined.';
  return look(shown, (width) => render.changes(shown, width), shown.length === 0 ? none : '');
});

const together = Effect.fnUntraced(function* (ask: PatternAsk): Effect.fn.Return<PatternLook, Failure, QueryClient> {
  const { fromMs, toMs, limit } = ask;
  const found = yield* whatStartedTogether({ fromMs, toMs, services: servicesOf(ask) });
  const shown = found.slice(0, limit);
  return look(shown, (width) => render.meetings(shown, width), shown.length === 0 ? 'Nothing began in this time.' : '');
});

const metrics = Effect.fnUntraced(function* (ask: PatternAsk): Effect.fn.Return<PatternLook, Failure, QueryClient> {
  const { fromMs, toMs, limit } = ask;
  const found = yield* movingTogether({ fromMs, toMs, services: servicesOf(ask) });
  const shown = found.slice(0, limit);
  const none = 'No series move together in this time. It takes half an hour of features (`obs up` works them out).';
  return look(shown, (width) => render.groups(shown, width), shown.length === 0 ? none : '');
});

const ofTrace = Effect.fnUntraced(function* (
  traceId: string,
): Effect.fn.Return<PatternLook, Failure | BadInput, QueryClient> {
  const found = yield* patternsOfTrace(traceId);
  const rows = found.map(({ line, pattern }) => ({ ...line, pattern }));
  return look(
    rows,
    (width) => render.linesOfTrace(found, width),
    rows.length === 0 ? 'The trace has no log lines.' : '',
  );
});

const ofPattern = Effect.fnUntraced(function* (
  { fromMs, toMs, service, limit }: PatternAsk,
  id: string,
): Effect.fn.Return<PatternLook, Failure | BadInput, QueryClient> {
  const found = yield* findPatterns(id, service);
  const [first] = found;
  const range = { fromMs, toMs };
  if (first?.signal === 'traces') {
    const traces = yield* tracesOfShape(first, range, limit);
    const slow = yield* separatingAttributesOfShape({ shape: first.id, service: first.service, ...range });
    return look(
      [...traces, ...slow.attributes],
      (width) => render.shape(first.text, traces, slow, width),
      traces.length === 0 ? 'No trace of this shape in this time.' : '',
    );
  }
  const lines = yield* Effect.forEach(found, (pattern) => linesOfStoredPattern(pattern, range, limit));
  const shown = lines
    .flat()
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .slice(-limit);
  return look(shown, () => render.lines(shown), shown.length === 0 ? 'No line of this pattern in this time.' : '');
});
