import type { TimeRange } from '../question.ts';
import type { RecordFinding } from '../records/record-findings.ts';
import { outOfUsual, weighted } from '../records/weights.ts';
import type { Period } from '../sql.ts';

/** So much of the trouble is compared with usual minutes. */
const analysedMs = 60_000;
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
  const beside = hasSymptoms ? 'besideSymptoms' : 'alone';
  const asked = findings.filter(({ service }) => services.length === 0 || services.includes(service));
  return outOfUsual(asked, beside).map((finding) => weighted(finding, beside));
}
