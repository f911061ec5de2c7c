/** Apart from the faults themselves, because the command's help must not load the shop. */
export const faultNames = [
  'slow-dependency',
  'error-burst',
  'n-plus-one',
  'pool-exhaustion',
  'memory-leak',
  'retry-storm',
  'bad-deploy',
] as const;
export type FaultName = (typeof faultNames)[number];
