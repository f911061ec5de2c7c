import type { Shape } from '../candidate.ts';
import type { ShapeName } from '../explanation.ts';
import { badDeploy } from './bad-deploy.ts';
import { errorBurst } from './error-burst.ts';
import { errorOrigin } from './error-origin.ts';
import { memoryLeak } from './memory-leak.ts';
import { nPlusOne } from './n-plus-one.ts';
import { nPlusOneBehindWait } from './n-plus-one-behind-wait.ts';
import { poolWait } from './pool-wait.ts';
import { retryStorm } from './retry-storm.ts';
import { serialCalls } from './serial-calls.ts';
import { slowDependency } from './slow-dependency.ts';
import { slowOperation } from './slow-operation.ts';
import { timeoutCut } from './timeout-cut.ts';

export const allShapes: Readonly<Record<ShapeName, Shape>> = {
  'bad-deploy': badDeploy,
  'memory-leak': memoryLeak,
  'n-plus-one': (context) => [...nPlusOne(context), ...nPlusOneBehindWait(context)],
  'retry-storm': retryStorm,
  'pool-wait': poolWait,
  'timeout-cut': timeoutCut,
  'error-burst': errorBurst,
  'error-origin': errorOrigin,
  'slow-dependency': slowDependency,
  'slow-operation': slowOperation,
  'serial-calls': serialCalls,
};

/**
 * How much of a cause, rather than of a symptom, a shape is: a bad deploy shows as a slow dependency as well, and is
 * the better answer when both fit.
 */
export const causeWeight: Readonly<Record<ShapeName, number>> = {
  'bad-deploy': 1,
  'memory-leak': 0.95,
  'n-plus-one': 0.9,
  'retry-storm': 0.9,
  'pool-wait': 0.9,
  'timeout-cut': 0.8,
  'error-burst': 0.85,
  'error-origin': 0.6,
  'slow-dependency': 0.7,
  'slow-operation': 0.6,
  'serial-calls': 0.4,
};
