import { printable } from '../../domain/printable.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import type { Symptom } from '../explanation.ts';
import { countText, durationText, quoted } from '../format.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { Period } from '../sql.ts';
import { downstreamOf, type Call } from './calls.ts';
import { comparedWith, inPeriods, type Periods } from './periods.ts';
import { sum } from './sums.ts';
import type { Worse } from './symptoms.ts';

const mostSymptoms = 12;

/**
 * What is worse, the first domino first: a service that depends on no other one with symptoms leads, then those that
 * call it. Client spans are left out where the callee shows the same.
 */
export function symptomsInOrder(worse: readonly Worse[], calls: readonly Call[]): readonly Worse[] {
  const services = [...new Set(worse.map(({ service }) => service))];
  const depth = new Map(
    services.map((service) => {
      const below = downstreamOf([service], calls);
      return [service, services.filter((other) => below.has(other)).length];
    }),
  );
  const answered = new Set(worse.filter(({ kind }) => kind !== 'Client').map(({ service }) => service));
  const told = worse.filter(
    ({ service, kind }) => kind !== 'Client' || !answered.has(service) || isAlone(service, worse),
  );
  return told
    .slice(0, mostSymptoms)
    .toSorted(
      (a, b) =>
        depth.get(a.service)! - depth.get(b.service)! ||
        a.deviation.fromSeconds - b.deviation.fromSeconds ||
        b.deviation.score - a.deviation.score ||
        (a.operation < b.operation ? -1 : 1),
    );
}

const isAlone = (service: string, worse: readonly Worse[]): boolean =>
  worse.every((other) => other.service !== service || other.kind === 'Client');

export function symptomOf({ service, kind, operation, deviation }: Worse): Omit<Symptom, 'evidence'> {
  const { what, usual, present, calls, failed, fromSeconds } = deviation;
  const name = `${printable(service)} ${quoted(operation)}`;
  return {
    service,
    operation,
    kind,
    what,
    usual: usual === null ? null : rounded(usual),
    present: rounded(present),
    calls,
    failed,
    since: usual === null ? null : new Date(fromSeconds * 1000).toISOString(),
    sentence: `${name} ${changeText(what, usual, present, calls, failed)}.`,
  };
}

function changeText(
  what: Symptom['what'],
  usual: number | null,
  present: number,
  calls: number,
  failed: number,
): string {
  if (what === 'errors') {
    const now = `failed in ${countText(failed, 'call')} of ${calls.toLocaleString('en-US')}`;
    return usual === null ? now : `${now}, usually in ${shareText(usual)}`;
  }
  if (what === 'traffic') return `is called ${timesASecond(present)}, usually ${timesASecond(usual ?? 0)}`;
  return `takes ${durationText(present)} on average, usually ${durationText(usual ?? 0)} (${countText(calls, 'call')})`;
}

const rounded = (value: number): number => Number(value.toPrecision(6));
export function timesASecond(calls: number): string {
  const times = Number(calls.toPrecision(2));
  return times === 1 ? 'once a second' : `${times} times a second`;
}

const shareText = (share: number): string =>
  share === 0 ? 'none' : share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;

/**
 * Calls, failures, mean and rate of the operation in the stretch that is worse, and in what that was compared with: the
 * usual time, and what of the asked time came before it.
 */
export function symptomEvidence(
  { service, kind, operation, deviation }: Worse,
  periods: Pick<Periods, 'now' | 'usual'>,
): EvidenceQuery {
  const { fromSeconds, toSeconds, usualFromSeconds = -Infinity } = deviation;
  const before = comparedWith(periods, fromSeconds)
    .map((period) => ({ ...period, fromSeconds: Math.max(period.fromSeconds, usualFromSeconds) }))
    .filter((period) => period.toSeconds > period.fromSeconds);
  const part = (name: string, of: readonly Period[]): string => {
    const seconds = sum(of, (period) => period.toSeconds - period.fromSeconds);
    return `SELECT ${quoteText(name)} AS time, sum(Calls) AS calls, sum(Errors) AS errors, round(sum(DurationSum) / greatest(1, sum(Calls)) / 1e6, 3) AS mean_ms,
  round(sum(Calls) / ${seconds}, 4) AS calls_per_second
FROM obs_red_10s
WHERE ${inPeriods(of)}
  AND ServiceName = ${quoteText(service)} AND SpanKind = ${quoteText(kind)} AND SpanName = ${quoteText(operation)}`;
  };
  const parts = [part('now', [{ fromSeconds, toSeconds }]), ...(before.length === 0 ? [] : [part('usually', before)])];
  const rate = deviation.what === 'traffic' ? ', calls_per_second' : '';
  return {
    title: `${printable(service)} ${quoted(operation)}, now and usually`,
    sql: `SELECT time, calls, errors, mean_ms${rate} FROM (\n${parts.join('\nUNION ALL\n')}\n) ORDER BY time LIMIT 2`,
  };
}
