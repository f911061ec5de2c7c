import type { Explanation, Finding, ShapeName } from '../explain/explanation.ts';
import { quoted } from '../explain/format.ts';
import type { Judgement } from './demo-result.ts';
import type { FaultName } from './fault-names.ts';
import type { Culprit, Fault } from './faults.ts';

/** Which findings of `explain` name which fault. */
const namedBy: Readonly<Record<FaultName, readonly ShapeName[]>> = {
  'slow-dependency': ['slow-dependency'],
  'error-burst': ['error-burst', 'error-origin'],
  'n-plus-one': ['n-plus-one'],
  'pool-exhaustion': ['pool-wait'],
  'memory-leak': ['memory-leak'],
  'retry-storm': ['retry-storm'],
  'bad-deploy': ['bad-deploy'],
};

/** Compares the verdict with what was injected. Only the first finding counts: that is what people act on. */
export function judge(fault: Fault, explanation: Explanation | null): Judgement {
  const verdict = explanation?.verdict;
  if (verdict?.culprit?.service !== fault.culprit.service) return 'wrong';
  const [finding] = explanation?.findings ?? [];
  if (finding === undefined || !namedBy[fault.name].includes(finding.id)) return 'service';
  return namesOperation(finding, fault.culprit) ? 'right' : 'operation';
}

/** As the culprit, in what it says, or as a span or an operation among its evidence. */
function namesOperation({ culprit, title, sentences, evidence }: Finding, { service, operation }: Culprit): boolean {
  // A pool or a heap is the whole service's: whichever operation shows it names it.
  if (operation === null) return true;
  return (
    culprit.operation === operation ||
    [title, ...sentences].some((text) => text.includes(quoted(operation))) ||
    evidence.some(({ rows }) => rows.some((row) => row['service'] === service && row['operation'] === operation))
  );
}
