import type { Explanation, ShapeName } from '../explain/explanation.ts';
import type { Judgement } from './demo-result.ts';
import type { FaultName } from './fault-names.ts';
import type { Fault } from './faults.ts';

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
  return verdict.finding !== null && namedBy[fault.name].includes(verdict.finding) ? 'right' : 'service';
}
