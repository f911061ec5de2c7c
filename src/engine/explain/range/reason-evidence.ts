import { printable } from '../../domain/printable.ts';
import type { EvidenceQuery, EvidenceRow } from '../evidence/evidence.ts';
import { durationText } from '../format.ts';
import { second, textList } from '../sql.ts';
import type { Investigation } from './investigate.ts';
import { comparedWith, inPeriods } from './periods.ts';
import type { SilentService } from './silent.ts';
import type { Suspected } from './suspects.ts';
import type { Worse } from './symptoms.ts';
import { symptomEvidence } from './told-symptoms.ts';

type Found = Pick<Investigation, 'worse' | 'calls' | 'periods' | 'onset' | 'silent' | 'felt'>;

/** What stands behind a suspect's reasons, but for its findings, its records and its host: these bring their own. */
export const reasonEvidence = ({ service, reasons }: Suspected, found: Found): readonly EvidenceQuery[] =>
  reasons.flatMap(({ source, evidence = [] }): readonly EvidenceQuery[] => {
    switch (source) {
      case 'calls':
        return [callsEvidence(service, found)];
      case 'itself':
        return found.worse
          .filter((worse) => worse.service === service && worse.deviation.what !== 'traffic')
          .slice(0, mostOwn)
          .map((worst) => symptomEvidence(worst, found.periods));
      case 'silent':
        return found.silent.filter((one) => one.service === service).map((one) => silentEvidence(one, found));
      default:
        return evidence;
    }
  });

/** How the calls of a service fared, from the rows of `callsEvidence`; empty where it was called in one of the times alone. */
export function faresText(service: string, rows: readonly EvidenceRow[], felt: Worse | undefined): string {
  const of = (time: string): EvidenceRow | undefined =>
    rows.find((row) => row['service'] === service && row['time'] === time);
  const [now, usually] = [of('now'), of('usually')];
  if (now === undefined || usually === undefined) return '';
  return felt?.deviation.what === 'errors'
    ? ` (failed in ${now['errors']} of ${now['calls']} calls, usually in ${usually['errors']} of ${usually['calls']})`
    : ` (${durationText(Number(now['mean_ms']))} on average, usually ${durationText(Number(usually['mean_ms']))})`;
}

const mostNeighbours = 10;
const mostOwn = 5;

/** Of others' calls the server and consumer spans count, of a service that has none all of its spans. */
const answered = `SpanKind IN ('Server', 'Consumer')`;

/** How the service, who calls it and whom it calls fared usually and since the onset: what the calls say rests on this. */
function callsEvidence(service: string, { calls, periods, onset, felt }: Found): EvidenceQuery {
  const { now } = periods;
  const beside = calls.flatMap(({ caller, callee }) =>
    caller === service ? [callee] : callee === service ? [caller] : [],
  );
  const names = [...new Set([service, ...felt.slice(0, 1).map((one) => one.service), ...beside])];
  const services = names.slice(0, mostNeighbours).toSorted();
  const began = onset === null ? now.fromSeconds : Math.floor(onset.at / 1000);
  const since = inPeriods([{ fromSeconds: began, toSeconds: now.toSeconds }]);
  const before = comparedWith(periods, began);
  const times = before.length === 0 ? since : `(${since} OR ${inPeriods(before)})`;
  return {
    title: `Calls of ${printable(service)} and of those that it calls or that call it, since ${new Date(began * 1000).toISOString().slice(11, 19)} and usually`,
    sql: `SELECT service, time, sum(Calls) AS calls, sum(Errors) AS errors, round(sum(DurationSum) / greatest(1, sum(Calls)) / 1e6, 3) AS mean_ms
FROM (
  SELECT ServiceName AS service, if(${since}, 'now', 'usually') AS time, Calls, Errors, DurationSum, ${answered} AS isAsked,
    sumIf(Calls, ${answered}) OVER (PARTITION BY ServiceName) AS asked
  FROM obs_red_service_10s
  WHERE ${times} AND ServiceName IN ${textList(services)}
)
WHERE isAsked OR asked = 0
GROUP BY service, time ORDER BY service = ${textList([service])} DESC, service, time LIMIT ${2 * mostNeighbours}`,
  };
}

/** How often the service and those that fail answered before it fell silent, and since. */
function silentEvidence(
  { service, sinceSeconds, failing }: SilentService,
  { periods: { now, usual } }: Found,
): EvidenceQuery {
  const [from, since] = [second((usual ?? now).fromSeconds), second(sinceSeconds)];
  const services = [service, ...failing].slice(0, mostNeighbours);
  return {
    title: `Calls that ${printable(service)} and those that call it answered, before and since`,
    sql: `SELECT service, sumIf(Calls, Time < ${since}) AS calls_before, sumIf(Calls, Time >= ${since}) AS calls_since,
  sumIf(Errors, Time >= ${since}) AS failed_since, formatDateTime(max(Time), '%FT%TZ', 'UTC') AS last_window
FROM (
  SELECT ServiceName AS service, Time, Calls, Errors, ${answered} AS isAsked, sumIf(Calls, ${answered}) OVER (PARTITION BY ServiceName) AS asked
  FROM obs_red_service_10s
  WHERE Time >= ${from} AND Time < ${second(now.toSeconds)} AND ServiceName IN ${textList(services)}
)
WHERE isAsked OR asked = 0
GROUP BY service ORDER BY service = ${textList([service])} DESC, service LIMIT ${mostNeighbours}`,
  };
}
