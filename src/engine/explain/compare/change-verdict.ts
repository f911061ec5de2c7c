import { printable } from '../../domain/printable.ts';
import type { Change } from '../../domain/changes/change.ts';
import type { Finding, Severity, Suspect, Verdict } from '../explanation.ts';
import { durationText, percentText, quoted } from '../format.ts';
import type { Comparison } from './comparison.ts';
import type { SidesOnset } from './onset.ts';
import { mean } from './profile.ts';
import { verdictOf } from './verdict.ts';
import { mostText, sidesText } from './words.ts';
import type { Judgement } from './worse.ts';

/** From here on a change is as bad as an outage. */
const critical = { rate: 0.1, times: 3 } as const;

/** What is to be said of a change; of one that came after the trouble, that it was not its doing. */
export function verdictOfChange(told: {
  readonly compared: Comparison;
  readonly judgement: Judgement;
  readonly since: SidesOnset;
  readonly change: Change;
  readonly suspects: readonly Suspect[];
  readonly findings: readonly Finding[];
}): Verdict {
  const { compared, judgement, since, change, suspects, findings } = told;
  if (judgement === 'unknown') {
    return verdictOf(compared, suspects, findings);
  }
  if (judgement !== 'worse') {
    const says = judgement === 'better' ? `That is better: ${mostText(compared)}` : 'That is not worse.';
    return verdictOf(compared, [], [], `${sidesText(compared)} ${says}`);
  }
  const verdict = isAfter(change, since)
    ? verdictOf(compared, suspects, findings, `${beganText(change, since)} ${mostText(compared)}`)
    : verdictOf(compared, suspects, findings);
  return { ...verdict, severity: severityOf(compared, findings, verdict) };
}

/** Whether the trouble was there before the change. */
export const isAfter = ({ atMs }: Pick<Change, 'atMs'>, { onset }: SidesOnset): boolean =>
  onset !== null && atMs > onset.to;

/** Since when, without the name of what has no part in it. */
function beganText({ kind, atMs }: Change, { worse, onset }: SidesOnset): string {
  const what = kind === 'deployment' ? 'deployment' : 'change';
  const first = worse.find(({ deviation }) => deviation.fromSeconds * 1000 === onset?.at);
  if (first === undefined || onset === null) return `It began before this ${what}: not its doing.`;
  const { deviation } = first;
  const [usual, present] = [deviation.usual ?? 0, deviation.present];
  const now =
    deviation.what === 'errors'
      ? `failed in ${percentText(present * 100)} of its calls, not ${percentText(usual * 100)},`
      : `took ${durationText(present)} instead of ${durationText(usual)}`;
  const name = `${printable(first.service)} ${quoted(first.operation)}`;
  return `${name} ${now} since ${new Date(onset.at).toISOString().slice(11, 19)}, ${durationText(atMs - onset.at)} before this ${what}: not its doing.`;
}

function severityOf({ bad, good }: Comparison, findings: readonly Finding[], verdict: Verdict): Severity {
  const [badMs, goodMs] = [bad, good].map(({ profiles }) => mean(profiles, ({ durationMs }) => durationMs));
  const [failed, others] = [bad, good].map(({ profiles }) => mean(profiles, (one) => Number(one.failed)));
  if ((failed ?? 0) - (others ?? 0) >= critical.rate) return 'critical';
  if ((badMs ?? 0) >= critical.times * (goodMs ?? Infinity)) return 'critical';
  return findings.find(({ id }) => id === verdict.finding)?.severity ?? 'warning';
}
