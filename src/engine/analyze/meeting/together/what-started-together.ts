import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { attributeBeginnings } from './attribute-beginnings.ts';
import type { Meeting, TogetherRange } from './beginning.ts';
import { instanceBeginnings } from './instance-beginnings.ts';
import { meetingsOf } from './meetings.ts';
import { patternBeginnings } from './pattern-beginnings.ts';
import { seriesBeginnings } from './series-beginnings.ts';

/**
 * What began within the same minutes of a range, the most surprising meeting first: patterns of logs, shapes of traces,
 * series of anomalies, services, versions, hosts, instances and attribute values. Of an incident ask from some minutes
 * before its start.
 */
export const whatStartedTogether = Effect.fnUntraced(function* (
  range: TogetherRange,
): Effect.fn.Return<readonly Meeting[], QueryFailed | EngineUnavailable, QueryClient> {
  const found = yield* Effect.all(
    [patternBeginnings(range), seriesBeginnings(range), instanceBeginnings(range), attributeBeginnings(range)],
    { concurrency: 2 },
  );
  return meetingsOf(found.flat(), range);
});
