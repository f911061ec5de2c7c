/**
 * Nats from which on an instance's records are out of the usual: windows without any fault reach 1 in the middle and 2 in
 * one of ten. Where operations are worse as well, less is enough.
 */
export const leastNats = { alone: 5, besideSymptoms: 3 } as const;

/** Delays are seen in the operations' durations as well, and stalls of a machine look like them: they count less. */
const delaysCount = { alone: 0.15, besideSymptoms: 0.25 } as const;

export type Beside = keyof typeof leastNats;

interface Scored {
  readonly instance: string;
  readonly source: 'structure' | 'timing' | 'resource';
  readonly score: number;
}

export const weighted = <Finding extends Scored>(finding: Finding, beside: Beside): Finding =>
  finding.source === 'timing' ? { ...finding, score: delaysCount[beside] * finding.score } : finding;

/** Those of instances whose findings together are out of the usual. */
export const outOfUsual = <Finding extends Scored>(findings: readonly Finding[], beside: Beside): readonly Finding[] =>
  [...Map.groupBy(findings, ({ instance }) => instance).values()]
    .filter((own) => own.reduce((sum, one) => sum + weighted(one, beside).score, 0) >= leastNats[beside])
    .flat();
