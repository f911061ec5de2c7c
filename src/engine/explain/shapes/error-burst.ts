import type { Candidate, Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { windowsEvidence } from '../evidence-sql.ts';
import { percentText, quoted } from '../format.ts';
import { keyOf } from '../sql.ts';
import { windowAt } from '../times.ts';
import type { TreeSpan } from '../tree-span.ts';
import { errorCandidate } from './error-candidate.ts';

const least = { errors: 3, rate: 0.05, timesUsual: 3, seconds: 60 };

/** Errors that began at an operation which now fails far more often than it used to. */
export const errorBurst: Shape = (context) => {
  const found = errorCandidate(context);
  if (found === null) return [];
  const burst = burstOf(found.origin, context);
  if (burst === null) return [];
  const { origin, base } = found;
  return [
    {
      ...base,
      id: 'error-burst',
      title: `Error burst: ${origin.service} ${quoted(origin.operation)} fails`,
      severity: base.explainsFailure ? 'critical' : 'warning',
      sentences: [
        ...base.sentences,
        `It failed in ${burst.errors} of ${burst.calls} calls (${percentText(burst.rate * 100)}) around this trace` +
          `${burst.usualRate === null ? '' : `; before that in ${burst.usualRate === 0 ? 'none' : percentText(burst.usualRate * 100)}`}.`,
      ],
      confidence: burst.usualRate === null ? 0.7 : 0.9,
      evidence: [...base.evidence, windowsEvidence(context, origin)],
    } satisfies Candidate,
  ];
};

interface Burst {
  readonly calls: number;
  readonly errors: number;
  readonly rate: number;
  /** Null without history. */
  readonly usualRate: number | null;
}

/** The minutes around the trace against its history; null when it fails no more than ever. */
export function burstOf(origin: TreeSpan, { windows, history, data, onset }: TraceContext): Burst | null {
  const from = Math.max(windowAt(data.originNs) - least.seconds, onset?.time ?? 0);
  const recent = windows.filter((window) => keyOf(window) === keyOf(origin) && window.time >= from);
  const calls = recent.reduce((sum, window) => sum + window.calls, 0);
  const errors = recent.reduce((sum, window) => sum + window.errors, 0);
  const rate = calls === 0 ? 0 : errors / calls;
  const usual = history.of(origin);
  const usualRate = usual === undefined ? null : usual.errors / usual.calls;
  if (errors < least.errors || rate < least.rate || rate < (usualRate ?? 0) * least.timesUsual) return null;
  return { calls, errors, rate, usualRate };
}
