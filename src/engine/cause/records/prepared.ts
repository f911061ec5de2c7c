import { countFeatures, type FeatureCounts } from './feature-counts.ts';
import type { RecordWindow } from './input.ts';
import { invocationsOf, type Invocation, type Vocabulary } from './invocations.ts';
import { timingOf, type Timing } from './gaps.ts';
import { tracesOf } from './trace-spans.ts';

/** A window, looked at once. */
export interface PreparedWindow {
  readonly fromMs: number;
  /** The invocations of each trace. */
  readonly traces: readonly (readonly Invocation[])[];
  readonly counts: FeatureCounts;
  readonly timing: Timing;
  readonly instances: ReadonlySet<string>;
}

export function prepare(window: RecordWindow, vocabulary: Vocabulary): PreparedWindow {
  const trees = tracesOf(window);
  const traces = trees.map((trace) => invocationsOf(trace, vocabulary));
  return {
    fromMs: window.fromMs,
    traces,
    counts: countFeatures(traces.flat()),
    timing: timingOf(trees),
    instances: new Set(window.spans.map(({ instance }) => instance)),
  };
}

/** Counts of the window's invocations but those of some instances. */
export function countsWithout({ traces, counts }: PreparedWindow, instances: ReadonlySet<string>): FeatureCounts {
  if (instances.size === 0) return counts;
  return countFeatures(traces.flat().filter(({ entry }) => !instances.has(entry.instance)));
}
