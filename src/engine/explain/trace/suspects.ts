import type { Finding, Suspect } from '../explanation.ts';

/** Of a single trace whoever the findings name, each once; hints name nobody. */
export function suspectsOf(findings: readonly Finding[]): readonly Suspect[] {
  return [...byService(findings)].map(([service, own]) => ({
    kind: 'service',
    name: service,
    service,
    score: Math.log1p(own[0]!.confidence),
    confidence: own[0]!.confidence,
    since: null,
    why: own.map(({ title }) => title),
    evidence: own[0]!.evidence,
  }));
}

/** The services of `suspectsOf`, in the same order. */
export const suspectServices = (findings: readonly Named[]): readonly string[] => [...byService(findings).keys()];

type Named = Pick<Finding, 'severity' | 'culprit'>;

const byService = <F extends Named>(findings: readonly F[]): ReadonlyMap<string, readonly F[]> =>
  Map.groupBy(
    findings.filter(({ severity }) => severity !== 'info'),
    ({ culprit }) => culprit.service,
  );
