import type { Shape } from '../candidate.ts';
import type { ShapeName } from '../explanation.ts';
import { badDeploy } from './bad-deploy.ts';
import { cacheMissBehindWait } from './cache-miss-behind-wait.ts';
import { cacheMiss } from './cache-miss.ts';
import { cascadingFailure } from './cascading-failure.ts';
import { clockSkew } from './clock-skew.ts';
import { coldStart } from './cold-start.ts';
import { cpuThrottling } from './cpu-throttling.ts';
import { errorBurst } from './error-burst.ts';
import { errorOrigin } from './error-origin.ts';
import { fanOut } from './fan-out.ts';
import { gcPause } from './gc-pause.ts';
import { hotKey } from './hot-key.ts';
import { instanceQueue } from './instance-queue.ts';
import { lockBehindWait } from './lock-behind-wait.ts';
import { lockWait } from './lock-wait.ts';
import { memoryLeak } from './memory-leak.ts';
import { missingInstrumentation } from './missing-instrumentation.ts';
import { nPlusOneBehindWait } from './n-plus-one-behind-wait.ts';
import { nPlusOne } from './n-plus-one.ts';
import { payloadGrowth } from './payload-growth.ts';
import { poolWait } from './pool-wait.ts';
import { retryAmplification } from './retry-amplification.ts';
import { retryStorm } from './retry-storm.ts';
import { serialCalls } from './serial-calls.ts';
import { slowConnect } from './slow-connect.ts';
import { slowDependency } from './slow-dependency.ts';
import { slowOperation } from './slow-operation.ts';
import { timeoutCut } from './timeout-cut.ts';
import { timeoutMismatch } from './timeout-mismatch.ts';

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
  'retry-amplification': retryAmplification,
  'timeout-mismatch': timeoutMismatch,
  'cold-start': coldStart,
  'instance-queue': instanceQueue,
  'hot-key': hotKey,
  'cache-miss': (context) => [...cacheMiss(context), ...cacheMissBehindWait(context)],
  'gc-pause': gcPause,
  'cpu-throttling': cpuThrottling,
  'slow-connect': slowConnect,
  'fan-out': fanOut,
  'payload-growth': payloadGrowth,
  'cascading-failure': cascadingFailure,
  'lock-wait': (context) => [...lockWait(context), ...lockBehindWait(context)],
  'clock-skew': clockSkew,
  'missing-instrumentation': missingInstrumentation,
};

/** Shapes that say that something is slow or fails, and not why. */
export const unspecific: ReadonlySet<ShapeName> = new Set(['slow-dependency', 'slow-operation', 'error-origin']);

/**
 * How much of a cause, rather than of a symptom, a shape is: a bad deploy shows as a slow dependency as well, and is
 * the better answer when both fit.
 */
export const causeWeight: Readonly<Record<ShapeName, number>> = {
  'bad-deploy': 1,
  'memory-leak': 0.95,
  'n-plus-one': 0.9,
  'retry-storm': 0.9,
  // How it is lost; what keeps the connections is why, where that is seen as well.
  'pool-wait': 0.85,
  'timeout-cut': 0.8,
  'error-burst': 0.85,
  'error-origin': 0.6,
  'slow-dependency': 0.7,
  'slow-operation': 0.6,
  'serial-calls': 0.4,
  'retry-amplification': 0.93,
  'timeout-mismatch': 0.88,
  'cold-start': 0.92,
  'instance-queue': 0.9,
  'hot-key': 0.9,
  'cache-miss': 0.92,
  'gc-pause': 0.94,
  'cpu-throttling': 0.93,
  'slow-connect': 0.9,
  'fan-out': 0.72,
  'payload-growth': 0.9,
  'cascading-failure': 0.88,
  'lock-wait': 0.92,
  'clock-skew': 0.02,
  'missing-instrumentation': 0.02,
};
