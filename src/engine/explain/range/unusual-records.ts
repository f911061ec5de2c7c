import type { TimeRange } from '../question.ts';
import type { RecordFinding } from '../records/record-findings.ts';
import type { Period } from '../sql.ts';
import { sum } from './sums.ts';

/** So much of the trouble is compared with usual minutes. */
const analysedMs = 60_000;
/**
 * Nats from which on an instance's records are out of the usual: windows without any fault reach 1 in the middle and 2 in
 * one of ten. Where operations are worse as well, less is enough.
 */
const least = { alone: 5, besideSymptoms: 3 } as const;
/** Delays are seen in the operations' durations as well, and stalls of a machine look like them: they count less. */
const delaysCount = { alone: 0.15, besideSymptoms: 0.25 } as const;

/** The minute that is compared: from the onset on, as far as that lies in the time; else the last one of it. */
export function analysedIn({ fromSeconds, toSeconds }: Period, onset: { readonly at: number } | null): TimeRange {
  const [fromMs, toMs] = [fromSeconds * 1000, toSeconds * 1000];
  const last = Math.max(fromMs, toMs - analysedMs);
  const start = onset === null ? last : Math.max(fromMs, Math.min(onset.at, last));
  return { fromMs: start, toMs: Math.min(toMs, start + analysedMs) };
}

/** Of the services that are asked about, those instances whose records together are out of the usual. */
export function unusual(
  findings: readonly RecordFinding[],
  services: readonly string[],
  hasSymptoms: boolean,
): readonly RecordFinding[] {
  const delays = hasSymptoms ? delaysCount.besideSymptoms : delaysCount.alone;
  const asked = findings
    .filter(({ service }) => services.length === 0 || services.includes(service))
    .map((finding) => (finding.source === 'timing' ? { ...finding, score: delays * finding.score } : finding));
  return [...Map.groupBy(asked, ({ instance }) => instance).values()]
    .filter((own) => sum(own, ({ score }) => score) >= (hasSymptoms ? least.besideSymptoms : least.alone))
    .flat();
}
