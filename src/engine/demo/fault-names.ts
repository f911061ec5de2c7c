/** Apart from the faults themselves, because the command's help must not load the shop. */
export const faultNames = [
  'slow-dependency',
  'error-burst',
  'n-plus-one',
  'pool-exhaustion',
  'memory-leak',
  'retry-storm',
  'bad-deploy',
  'timeout-mismatch',
  'cache-miss',
  'hot-key',
  'instance-queue',
  'cpu-throttling',
  'payload-growth',
  'serial-calls',
  'lock-wait',
  'cold-start',
] as const;
export type FaultName = (typeof faultNames)[number];

/** @returns each once; nothing for `none`, and undefined where `none` stands beside others */
export function chosenFaults(given: readonly string[]): readonly FaultName[] | undefined {
  const chosen = faultNames.filter((name) => given.includes(name));
  return chosen.length > 0 && given.includes('none') ? undefined : chosen;
}
