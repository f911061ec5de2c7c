import { printable } from '../../domain/printable.ts';
import type { Culprit, Finding, Severity, Verdict } from '../explanation.ts';
import { countText, durationText, quoted } from '../format.ts';
import { suspectName } from '../render/wording.ts';
import { reasonText } from '../verdict.ts';
import type { OperationTotals } from './operation-rows.ts';
import { sum } from './sums.ts';
import type { Suspected } from './suspects.ts';
import { timesASecond } from './told-symptoms.ts';
import type { Worse } from './symptoms.ts';

/** Below this an answer says "most likely". */
const sureFrom = 0.75;

export function verdictOfRange(told: {
  readonly suspects: readonly Suspected[];
  readonly findings: readonly Finding[];
  readonly felt: Worse | undefined;
  readonly totals: readonly OperationTotals[];
  readonly rangeMs: number;
}): Verdict {
  const { suspects, findings, felt } = told;
  const [first] = suspects;
  if (first === undefined && felt?.service === '') {
    // Nobody can be blamed by name, but quiet it is not.
    return {
      sentence: `${feltText(felt, { service: '' })} Its service has no name.`,
      finding: null,
      culprit: null,
      severity: severityOf(felt, undefined),
      confidence: 0,
    };
  }
  if (first === undefined) {
    return {
      sentence:
        felt === undefined
          ? quietText(told.totals, told.rangeMs)
          : `${feltText(felt, { service: '' })} Nothing is slow or failing.`,
      finding: null,
      culprit: null,
      severity: null,
      // Nobody has measured how often a quiet answer is right.
      confidence: 0,
    };
  }
  const finding = findings.find(({ culprit }) => culprit.service === first.service);
  const how = first.confidence >= sureFrom ? 'Why' : 'Most likely';
  const why = finding === undefined ? `${placeOf(first)}: ${first.reasons[0]?.why ?? ''}.` : reasonText(finding);
  return {
    sentence: `${feltText(felt, first)} ${how}: ${why}`.trim(),
    finding: finding?.id ?? null,
    culprit: culpritOf(first, finding),
    severity: severityOf(felt, finding),
    confidence: first.confidence,
  };
}

function culpritOf({ service, kind, instance, host }: Suspected, finding: Finding | undefined): Culprit {
  return {
    ...(finding?.culprit ?? { service, operation: '', spanId: '' }),
    ...(kind === 'host' && host !== null ? { host } : {}),
    ...(kind === 'instance' && instance !== null ? { instance } : {}),
    ...(kind === 'instance' && host !== null ? { host } : {}),
  };
}

const placeOf = ({ kind, name, service }: Suspected): string =>
  kind === 'service' || kind === 'host' ? printable(name) : suspectName({ kind, name, service });

function feltText(felt: Worse | undefined, { service }: Pick<Suspected, 'service'>): string {
  if (felt === undefined) return `${printable(service)} does something else than usual.`;
  const { what, usual, present, calls, failed, fromSeconds } = felt.deviation;
  const name = `${printable(felt.service)} ${quoted(felt.operation)}`.trim();
  const since = usual === null ? '' : ` since ${new Date(fromSeconds * 1000).toISOString().slice(11, 19)}`;
  if (what === 'duration')
    return `${name} takes ${durationText(present)} instead of ${durationText(usual ?? 0)}${since}.`;
  if (what === 'errors')
    return `${name} failed in ${failed.toLocaleString('en-US')} of ${countText(calls, 'call')}${since}.`;
  if (calls === 0) return `${name} was not called any more${since}, usually ${timesASecond(usual ?? 0)}.`;
  return `${name} is called ${timesASecond(present)} instead of ${timesASecond(usual ?? 0)}${since}.`;
}

function quietText(totals: readonly OperationTotals[], rangeMs: number): string {
  const asked = totals.filter(({ kind }) => kind === 'Server' || kind === 'Consumer');
  const of = asked.length === 0 ? totals : asked;
  const calls = sum(of, ({ calls: count }) => count);
  const failed = sum(of, ({ errors }) => errors);
  if (calls === 0) return `Nothing was called in these ${durationText(rangeMs)}.`;
  const services = new Set(of.map(({ service }) => service)).size;
  return `Nothing unusual in ${durationText(rangeMs)}: ${countText(calls, 'call')} of ${countText(of.length, 'operation')} in ${countText(services, 'service')}, ${failed === 0 ? 'none failed' : `${failed.toLocaleString('en-US')} failed, no more than usual`}.`;
}

function severityOf(felt: Worse | undefined, finding: Finding | undefined): Severity {
  if (felt?.deviation.what === 'errors' && felt.deviation.present >= 0.1) return 'critical';
  if (felt?.deviation.what === 'duration' && felt.deviation.present >= 3 * (felt.deviation.usual ?? Infinity)) {
    return 'critical';
  }
  return finding?.severity ?? 'warning';
}
