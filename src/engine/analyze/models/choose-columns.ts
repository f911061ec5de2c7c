import { Effect } from 'effect';
import type { SeriesName } from '../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { FeatureKind } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { edgesScope } from './matrix.ts';

/** What says something about the row itself, not about the service. */
const aboutTheRow = ['sampled', 'operations_left_out', 'left_out', 'points'];
/** A feature that is there less often is not worth a column. */
const leastPresent = 0.6;
/** One window in so many is looked at. */
const oneIn = 7;

interface Found {
  readonly kind: FeatureKind;
  readonly service: string;
  readonly subject: string;
  readonly feature: string;
  /** Windows that have it, among those looked at. */
  readonly seen: number;
  readonly calls: number;
}

/**
 * The columns of a scope's next model: the service's own features, then those of its busiest operations, as long as
 * there is room; of `edges` those of the busiest calls. Features that are mostly missing, or never move, are left out.
 * Columns of one service stand together.
 */
export const chooseColumns = Effect.fnUntraced(function* (
  scope: string,
  seconds: number,
  fromMs: number,
  toMs: number,
): Effect.fn.Return<readonly SeriesName[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const ofEdges = scope === edgesScope;
  const rows = yield* client.rows<Record<keyof Found, string>>(
    `SELECT Kind AS kind, ServiceName AS service, Subject AS subject, feature, uniqExact(Time) AS seen, sum(Values['calls']) AS calls
FROM obs_features ARRAY JOIN mapKeys(Values) AS feature
WHERE Seconds = {seconds:UInt16} AND Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})
  AND intDiv(toUnixTimestamp(Time), {seconds:UInt16}) % ${oneIn} = 0
  AND (${ofEdges ? "Kind = 'edge'" : "Kind IN ('service', 'operation') AND ServiceName = {scope:String}"})
  AND feature NOT IN {leftOut:Array(String)}
GROUP BY kind, service, subject, feature
HAVING min(Values[feature]) < max(Values[feature])`,
    {
      parameters: {
        scope,
        seconds,
        from: Math.floor(fromMs / 1000),
        to: Math.floor(toMs / 1000),
        leftOut: aboutTheRow,
      },
    },
  );
  const found = rows.map((row): Found => ({
    ...row,
    kind: row.kind as FeatureKind,
    seen: Number(row.seen),
    calls: Number(row.calls),
  }));
  const most = found.reduce((max, { seen }) => Math.max(max, seen), 0);
  const telling = found.filter(({ seen }) => seen >= leastPresent * most);
  const subjects = new Map<string, Found[]>();
  for (const one of telling) {
    const key = JSON.stringify([one.kind, one.service, one.subject]);
    subjects.set(key, [...(subjects.get(key) ?? []), one]);
  }
  const busiest = [...subjects.values()].toSorted(
    ([a], [b]) =>
      rank(a!) - rank(b!) || b!.calls - a!.calls || compare(a!.service, b!.service) || compare(a!.subject, b!.subject),
  );
  const room = ofEdges ? limits.models.edgeColumns : limits.models.columns;
  const picked = (ofEdges ? busiest : busiest.slice(0, limits.models.operations + 1)).flatMap((features) =>
    features.toSorted((a, b) => compare(a.feature, b.feature)),
  );
  return picked
    .slice(0, room)
    .map(({ kind, service, subject, feature }) => ({ kind, service, subject, feature }))
    .toSorted((a, b) => compare(a.service, b.service));
});

const rank = ({ kind }: Found): number => (kind === 'service' ? 0 : 1);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
