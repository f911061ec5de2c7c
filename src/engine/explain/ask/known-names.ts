import { Clock, Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { countText, quoted } from '../format.ts';
import { nearNames } from '../near-names.ts';
import type { TimeRange } from '../question.ts';
import { second, textList } from '../sql.ts';

type Checking<A = void> = Effect.fn.Return<A, BadInput | QueryFailed | EngineUnavailable, QueryClient>;

const mostNames = 10_000;
const named = 5;

/** A name that nothing was ever received of is misspelt: "nothing unusual" would be the wrong answer. */
/** @param fromMs the beginning of the time that is asked about, where it is known */
export const checkServices = Effect.fnUntraced(function* (services: readonly string[], fromMs = Infinity): Checking {
  if (services.length === 0) return;
  const since = Math.floor(Math.min(yield* Clock.currentTimeMillis, fromMs) / 1000) - longestSeconds;
  const known = yield* servicesIn(spanServices, since);
  const unknown = services.find((service) => !known.includes(service));
  if (unknown === undefined) return;
  // Services that send logs or metrics alone.
  const others = yield* servicesIn(otherServices, since);
  const all = [...new Set([...known, ...others])];
  const missing = services.find((service) => !all.includes(service));
  if (missing === undefined) return;
  const near = nearNames(missing, all);
  return yield* new BadInput({
    what: `There is no service ${quoted(missing)}`,
    why: all.length === 0 ? 'nothing was received of any service yet' : 'no span and no log record of it was received',
    hint:
      near.length > 0
        ? `Near: ${near.map(quoted).join(', ')}`
        : all.length === 0
          ? 'Send telemetry first: `obs status` says where to'
          : `There are ${all.slice(0, named).map(quoted).join(', ')}${all.length > named ? ` and ${all.length - named} more` : ''}`,
  });
});

/** An operation has to have been seen in the time, in what is usual for it, or ever. */
export const checkOperation = Effect.fnUntraced(function* (
  operation: string | undefined,
  services: readonly string[],
  { fromMs, toMs }: TimeRange,
): Checking {
  if (operation === undefined) return;
  const client = yield* QueryClient;
  const of = services.length === 0 ? '' : ` AND ServiceName IN ${textList(services)}`;
  const around = `Time >= ${second(Math.floor((fromMs - limits.explain.usualMs) / 1000))} AND Time <= ${second(Math.ceil(toMs / 1000))}`;
  const rows = yield* client.rows<{ readonly name: string }>(
    `SELECT DISTINCT SpanName AS name FROM obs_red_10s WHERE ${around}${of} ORDER BY name LIMIT ${mostNames}`,
  );
  const names = rows.map(({ name }) => name);
  if (names.includes(operation)) return;
  const ever = yield* client.rows(
    `SELECT 1 AS seen FROM obs_red_1m WHERE Time >= ${second(Math.floor(toMs / 1000) - longestSeconds)} AND SpanName = ${quoteText(operation)}${of} LIMIT 1`,
  );
  if (ever.length > 0) return;
  const near = nearNames(operation, names);
  return yield* new BadInput({
    what: `There is no operation ${quoted(operation)}${services.length === 0 ? '' : ` of ${services.join(', ')}`}`,
    why: `none of the ${countText(names.length, 'operation')} around that time is called so, nor was one before`,
    hint:
      near.length > 0
        ? `Near: ${near.map(quoted).join(', ')}`
        : names.length === 0
          ? 'Look further back with --since'
          : `There are ${names.slice(0, named).map(quoted).join(', ')}${names.length > named ? ` and ${names.length - named} more` : ''}`,
  });
});

/** What was not heard of for longer, before the time that is asked about, is not known. */
const longestSeconds = 30 * 86_400;

interface Heard {
  readonly table: string;
  readonly timeColumn: string;
}
const spanServices: readonly Heard[] = [{ table: 'obs_service_instances', timeColumn: 'Hour' }];
const otherServices: readonly Heard[] = [
  { table: 'obs_log_counts_10s', timeColumn: 'Time' },
  { table: 'obs_features', timeColumn: 'Time' },
];

const servicesIn = Effect.fnUntraced(function* (
  all: readonly Heard[],
  sinceSeconds: number,
): Checking<readonly string[]> {
  const client = yield* QueryClient;
  const rows = yield* Effect.forEach(all, ({ table, timeColumn }) =>
    client.rows<{ readonly name: string }>(
      `SELECT DISTINCT ServiceName AS name FROM ${table} WHERE ${timeColumn} >= ${second(sinceSeconds)} AND ServiceName != '' ORDER BY name LIMIT ${mostNames}`,
    ),
  );
  return rows.flat().map(({ name }) => name);
});
