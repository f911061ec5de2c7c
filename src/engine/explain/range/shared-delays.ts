import type { RecordFinding } from '../records/record-findings.ts';

/** Of fewer services nothing can be said about what all of them share. */
const leastServices = 4;

export interface OwnFindings {
  readonly findings: readonly RecordFinding[];
  /** Services that were delayed at once; 0 where nothing was shared. */
  readonly delayedAtOnce: number;
}

/**
 * What is left of each instance's delays beyond what all services share: a machine that stalls, or a network that does,
 * makes everybody slow at once, which is nobody's fault among them. Where more than half of the services are delayed, the
 * shared part is twice what a quarter of them reach by their worst instance: such scores differ widely by chance.
 * @param services all that sent spans in the time
 */
export function withoutShared(findings: readonly RecordFinding[], services: readonly string[]): OwnFindings {
  const worst = new Map(services.map((service) => [service, 0]));
  for (const { service, source, score } of findings) {
    if (source === 'timing') worst.set(service, Math.max(worst.get(service) ?? 0, score));
  }
  const scores = [...worst.values()].toSorted((a, b) => a - b);
  const isShared = scores.length >= leastServices && scores[scores.length >> 1]! > 0;
  const shared = scores[Math.floor(scores.length * 0.75)] ?? 0;
  if (!isShared) return { findings, delayedAtOnce: 0 };
  const own = findings.flatMap((finding): readonly RecordFinding[] => {
    if (finding.source !== 'timing') return [finding];
    const score = finding.score * Math.max(0, 1 - (2 * shared) / worst.get(finding.service)!);
    return score > 0 ? [{ ...finding, score }] : [];
  });
  return { findings: own, delayedAtOnce: scores.filter((score) => score > 0).length };
}
