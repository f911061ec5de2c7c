import type { Explanation, Finding, ShapeName } from '../explain/explanation.ts';
import { quoted } from '../explain/format.ts';
import type { Judgement } from './demo-result.ts';
import type { FaultName } from './fault-names.ts';
import type { Culprit, Fault } from './faults.ts';

/** Which findings of `explain` name which fault. */
export const namedBy: Readonly<Record<FaultName, readonly (ShapeName | FaultName)[]>> = {
  'slow-dependency': ['slow-dependency'],
  'error-burst': ['error-burst', 'error-origin'],
  'n-plus-one': ['n-plus-one'],
  'pool-exhaustion': ['pool-wait'],
  'memory-leak': ['memory-leak'],
  'retry-storm': ['retry-storm'],
  'bad-deploy': ['bad-deploy'],
  'timeout-mismatch': ['timeout-mismatch'],
  'cache-miss': ['cache-miss'],
  'hot-key': ['hot-key'],
  'instance-queue': ['instance-queue'],
  'cpu-throttling': ['cpu-throttling'],
  'payload-growth': ['payload-growth'],
  'serial-calls': ['serial-calls'],
  'lock-wait': ['lock-wait'],
  'cold-start': ['cold-start'],
};

const worstFirst: readonly Judgement[] = ['wrong', 'service', 'operation', 'right'];

/**
 * Compares the verdict with what was injected. Only the first finding counts, for that is what people act on; of
 * several faults at once a trace may show the one or the other, and `among` findings count.
 */
export function judge(fault: Fault, explanation: Explanation | null, among = 1): Judgement {
  if (explanation === null || explanation.verdict.culprit === null) return 'wrong';
  const judgements = explanation.findings.slice(0, among).map((finding) => worstFirst.indexOf(ofOne(fault, finding)));
  return worstFirst[Math.max(0, ...judgements)] ?? 'wrong';
}

function ofOne(fault: Fault, finding: Finding): Judgement {
  if (finding.culprit.service !== fault.culprit.service) return 'wrong';
  if (!namedBy[fault.name].includes(finding.id)) return 'service';
  return namesOperation(finding, fault.culprit) ? 'right' : 'operation';
}

/** As the culprit, in what it says, or as a span or an operation among its evidence. */
export function namesOperation(
  { culprit, title, sentences, evidence }: Finding,
  { service, operation }: Pick<Culprit, 'operation'> & { readonly service: string },
): boolean {
  // A pool or a heap is the whole service's: whichever operation shows it names it.
  if (operation === null) return true;
  return (
    culprit.operation === operation ||
    [title, ...sentences].some((text) => text.includes(quoted(operation))) ||
    evidence.some(({ rows }) => rows.some((row) => row['service'] === service && row['operation'] === operation))
  );
}
