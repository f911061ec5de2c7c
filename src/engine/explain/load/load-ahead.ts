import { Effect } from 'effect';
import { printable } from '../../domain/printable.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { countText } from '../format.ts';
import { second } from '../sql.ts';

/** A service whose spans carry times of the future: its clock is ahead of this machine's. */
export interface Ahead {
  readonly service: string;
  readonly spans: number;
  /** Starts of the first and the last 10 s window, Unix seconds. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Clocks differ by so much without anybody minding. */
const leastAheadSeconds = 60;
const mostServices = 20;

/** Those with most spans beyond the present first. */
export const loadAhead = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<readonly Ahead[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const from = second(Math.floor(nowMs / 1000) + leastAheadSeconds);
  const rows = yield* client.rows<Readonly<Record<keyof Ahead, string | number>>>(
    `SELECT ServiceName AS service, sum(Calls) AS spans, toUnixTimestamp(min(Time)) AS fromSeconds, toUnixTimestamp(max(Time)) AS toSeconds
FROM obs_red_service_10s WHERE Time >= ${from} AND ServiceName != ${quoteText(selfServiceName)}
GROUP BY service ORDER BY spans DESC, service LIMIT ${mostServices}`,
  );
  return rows.map(({ service, spans, fromSeconds, toSeconds }) => ({
    service: String(service),
    spans: Number(spans),
    fromSeconds: Number(fromSeconds),
    toSeconds: Number(toSeconds),
  }));
});

const shown = 3;

/** `payment (30 spans up to 2026-01-31T12:00:00Z) and 2 others`. */
export function aheadText(all: readonly Ahead[]): string {
  const named = all
    .slice(0, shown)
    .map(
      ({ service, spans, toSeconds }) => `${printable(service)} (${countText(spans, 'span')} up to ${iso(toSeconds)})`,
    );
  return `${named.join(', ')}${all.length > shown ? ` and ${countText(all.length - shown, 'other')}` : ''}`;
}

/** What to type to look at that time. */
export function aheadRange(all: readonly Ahead[]): string {
  const from = all.reduce((least, { fromSeconds }) => Math.min(least, fromSeconds), Infinity);
  const to = all.reduce((most, { toSeconds }) => Math.max(most, toSeconds), 0);
  return `--since ${iso(from)} --until ${iso(to + 10)}`;
}

const iso = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().replace('.000', '');
