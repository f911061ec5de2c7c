import { Clock, Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed, type TraceNotFound } from '../../domain/errors.ts';
import { parseMoment } from '../../domain/time-range.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Side } from '../question.ts';
import { resolveTrace } from '../resolve-trace.ts';
import { traceIdIn } from '../trace-id-text.ts';

type Failure = TraceNotFound | BadInput | QueryFailed | EngineUnavailable;

/** One side of a comparison: a trace id, `service@version`, `from/to`, or `key=value`. */
export const readSideText = Effect.fnUntraced(function* (text: string): Effect.fn.Return<Side, Failure, QueryClient> {
  if (isTraceId(text)) return { side: 'trace', traceId: yield* resolveTrace({ by: 'id', id: text }) };
  const time = yield* timeSide(text);
  if (time !== null) return time;
  const attribute = /^([^=\s]+)=(.*)$/s.exec(text);
  if (attribute !== null) return { side: 'attribute', key: attribute[1]!, value: attribute[2]! };
  const version = /^(.+)@([^@]+)$/.exec(text);
  if (version !== null) return { side: 'version', service: version[1]!, version: version[2]! };
  return yield* new BadInput({
    what: `Cannot compare with "${text}"`,
    why: 'it is no trace id, no service@version, no two moments with a slash between, and no key=value',
    hint: 'obs explain --compare cart@3.2.0 cart@3.1.4',
  });
});

const leastDigits = 4;
const isTraceId = (text: string): boolean => !text.includes('=') && (traceIdIn(text)?.length ?? 0) >= leastDigits;

const timeSide = Effect.fnUntraced(function* (text: string) {
  const [from, to, more] = text.split('/');
  if (from === undefined || to === undefined || more !== undefined) return null;
  const now = yield* Clock.currentTimeMillis;
  const range = yield* Effect.all({ fromMs: parseMoment(from, now), toMs: parseMoment(to, now) }).pipe(
    Effect.orElseSucceed(() => null),
  );
  return range === null || range.fromMs >= range.toMs ? null : ({ side: 'time', range } as const);
});
