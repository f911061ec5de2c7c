import type { OtlpLimits } from './request-context.ts';

const dayMs = 24 * 3600 * 1000;
const stepsInDays = [36_500, 3650, 365, 30, 7, 1];

/** Nanoseconds since 1970 as two 32-bit halves, in milliseconds; exact enough to judge the range. */
function unixMs(low: number, high: number): number {
  return ((high >>> 0) * 4_294_967_296 + (low >>> 0)) / 1e6;
}

/**
 * Why the time of an item cannot be right, or `null` when it can. Few different answers, since they become a label:
 * how far off is said in steps.
 * @param what the time's name in the sentence, e.g. "span start time"
 */
export function implausible(
  what: string,
  low: number,
  high: number,
  receivedUnixMs: number,
  limits: OtlpLimits,
): string | null {
  const ms = unixMs(low, high);
  if (ms >= limits.earliestUnixMs && ms <= receivedUnixMs + limits.futureToleranceMs && high >= 0) return null;
  if ((low | high) === 0) return `${what} is 0`;
  if (ms < limits.earliestUnixMs) {
    return `${what} lies before ${new Date(limits.earliestUnixMs).toISOString().slice(0, 10)}`;
  }
  const days = (ms - receivedUnixMs) / dayMs;
  const step = stepsInDays.find((step) => days > step);
  return step === undefined
    ? `${what} lies in the future`
    : `${what} lies over ${step} day${step > 1 ? 's' : ''} in the future`;
}
