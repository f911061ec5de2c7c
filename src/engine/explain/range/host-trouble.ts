import { Effect } from 'effect';
import { sharedHosts } from '../../cause/hosts.ts';
import type { Link } from '../../cause/input.ts';
import { printable } from '../../domain/printable.ts';
import { limits } from '../../domain/limits.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import type { TimeRange } from '../question.ts';
import { textList } from '../sql.ts';
import { during, oneIn, sampled } from '../time-sql.ts';
import { downstreamOf, type Call } from './calls.ts';

/** How one service fares on one host: geometric means of what it answers, in milliseconds, usually and in the trouble. */
export interface HostFare {
  readonly service: string;
  readonly host: string;
  readonly usualCalls: number;
  readonly usualMs: number;
  readonly calls: number;
  readonly presentMs: number;
}

/** A host on which services that have nothing else to do with each other are slow, and nowhere else. */
export interface HostTrouble {
  readonly host: string;
  /** Services that are slow there though nothing that they call is. */
  readonly origins: readonly string[];
  readonly why: string;
  readonly evidence: EvidenceQuery;
}

const least = { calls: 8, times: 1.5, elsewhereTimes: 1.25, origins: 2 };
const mostRows = 2000;

/** Server and consumer spans by service and host; hosts as resources name them. */
function hostFaresSql(services: readonly string[], usual: TimeRange, present: TimeRange, spans: number): string {
  // A sum of whole numbers is the same in whichever order threads add them up.
  const mean = (is: string): string =>
    `round(exp(sumIf(toInt64(round(log(greatest(Duration, 1)) * 1e6)), ${is}) / countIf(${is}) / 1e6) / 1e6, 3)`;
  const [before, within] = [during(usual), during(present)];
  return `SELECT ServiceName AS service,
  if(ResourceAttributes['host.name'] != '', ResourceAttributes['host.name'], ResourceAttributes['k8s.node.name']) AS host,
  countIf(${before}) AS usual_calls, ${mean(before)} AS usual_ms, countIf(${within}) AS calls, ${mean(within)} AS present_ms
FROM otel_traces
WHERE ((${before}) OR (${within})) AND ServiceName IN ${textList(services)} AND SpanKind IN ('Server', 'Consumer')${sampled(oneIn(spans, limits.explain.edgeSpans))}
GROUP BY service, host HAVING host != '' ORDER BY service, host LIMIT ${mostRows}`;
}

type Row = Readonly<Record<'service' | 'host', string>> &
  Readonly<Record<'usual_calls' | 'usual_ms' | 'calls' | 'present_ms', string | number | null>>;

export const readHostTrouble = Effect.fnUntraced(function* (
  services: readonly string[],
  calls: readonly Call[],
  usual: TimeRange,
  present: TimeRange,
  spans: number,
): Effect.fn.Return<HostTrouble | null, QueryFailed | EngineUnavailable, QueryClient> {
  if (services.length <= least.origins) return null;
  const client = yield* QueryClient;
  const sql = hostFaresSql(services, usual, present, spans);
  const rows = yield* client.rows<Row>(sql);
  return hostTrouble(
    rows.map((row) => ({
      service: row.service,
      host: row.host,
      usualCalls: Number(row.usual_calls),
      usualMs: Number(row.usual_ms ?? 0),
      calls: Number(row.calls),
      presentMs: Number(row.present_ms ?? 0),
    })),
    calls,
    { sql, rows: rows.map((row) => ({ ...row })) },
  );
});

/**
 * Neighbours of a host suffer together. A caller of a slow service is slow as well, wherever it runs, so only services
 * count none of whose callees is slow; two of them or more, all on one host, while on other hosts none is.
 */
export function hostTrouble(
  fares: readonly HostFare[],
  calls: readonly Call[],
  shown: Pick<EvidenceQuery, 'sql' | 'rows'>,
): HostTrouble | null {
  const known = fares.filter((fare) => Math.min(fare.calls, fare.usualCalls) >= least.calls && fare.usualMs > 0);
  const times = ({ presentMs, usualMs }: HostFare): number => presentMs / usualMs;
  const slow = known.filter((fare) => times(fare) >= least.times);
  const slowServices = new Set(slow.map(({ service }) => service));
  const origins = slow.filter(({ service }) =>
    [...downstreamOf([service], calls)].every((callee) => callee === service || !slowServices.has(callee)),
  );
  const hosts = [...new Set(known.map(({ host }) => host))];
  const placements = known.map(({ host }, at): Link => [at, known.length + hosts.indexOf(host)]);
  const [shared] = sharedHosts(placements, (at) => origins.includes(known[at]!));
  const names = [...new Set(origins.map(({ service }) => service))].toSorted();
  if (shared === undefined || shared.deviating.length < origins.length || names.length < least.origins) return null;
  const host = hosts[shared.host - known.length]!;
  // Where there is but one host, or all of them suffer, it cannot be told from anything else.
  const elsewhere = known.filter(
    (fare) => fare.host !== host && (names.includes(fare.service) || !slow.includes(fare)),
  );
  if (elsewhere.length === 0 || elsewhere.some((fare) => times(fare) >= least.elsewhereTimes)) return null;
  const told = names.slice(0, 4).map(printable).join(', ');
  return {
    host,
    origins: names,
    why: `${told}${names.length > 4 ? ` and ${names.length - 4} more` : ''}, which do not call each other, are slow on ${printable(host)} alone: on other hosts services take what they usually take`,
    evidence: { title: 'How services fare on each host, usually and since the trouble began', ...shown },
  };
}
