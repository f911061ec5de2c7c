import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { patternChanges, type PatternChange } from '../changes/pattern-changes.ts';
import { withinTogether, type Beginning, type BeginningKind, type TogetherRange } from './beginning.ts';

const kinds: Readonly<Record<PatternChange['kind'], readonly [logs: BeginningKind, traces: BeginningKind]>> = {
  new: ['log-pattern', 'trace-shape'],
  vanished: ['log-vanished', 'shape-vanished'],
  rate: ['log-rate', 'shape-rate'],
  errors: ['log-rate', 'shape-errors'],
  duration: ['log-rate', 'shape-duration'],
  parameter: ['parameter', 'parameter'],
};

const textCharacters = 100;

/** Patterns of logs and shapes of traces that came, went or changed. */
export const patternBeginnings = Effect.fnUntraced(function* (
  range: TogetherRange,
): Effect.fn.Return<readonly Beginning[], QueryFailed | EngineUnavailable, QueryClient> {
  const changes = yield* patternChanges({ fromMs: range.fromMs, toMs: range.toMs });
  return changes
    .filter(({ service }) => range.services === undefined || range.services.includes(service))
    .map((change): Beginning => {
      const { service, id, onsetMs, words, text, severity } = change;
      const what = change.signal === 'logs' ? `${severity === '' ? 'line' : severity} of ${service}` : 'traces';
      const name = text.length > textCharacters ? `${text.slice(0, textCharacters)}…` : text;
      return {
        kind: kinds[change.kind][change.signal === 'logs' ? 0 : 1],
        service,
        subject: id,
        words: `${what} "${name}": ${words}`,
        onsetMs,
        surprise: withinTogether(change.surprise, range),
      };
    });
});
