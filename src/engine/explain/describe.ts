import { latencyNs, type TraceContext } from './context.ts';
import { spansOnPath } from './critical-path.ts';
import { errorStory, referenceOf } from './errors.ts';
import type { ExplainedSpan, Explanation, Finding, PathStep, TraceExplanation, TraceSummary } from './explanation.ts';
import { compare } from './history.ts';
import { missingFrom } from './missing.ts';
import type { Scope } from './question.ts';
import { nextSteps } from './next-steps.ts';
import { isoOf } from './sql.ts';
import { noCircumstances, type Circumstances } from './trace/circumstances.ts';
import { suspectsOf } from './trace/suspects.ts';
import { errorCount, servicesOf } from './trace-tree.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';
import { verdictOf } from './verdict.ts';

/** The whole answer, from what is known of the trace, what was found in it and what came with that. Pure. */
export function describe(
  context: TraceContext,
  findings: readonly Finding[],
  circumstances: Circumstances = noCircumstances,
): TraceExplanation {
  const { data, tree, path } = context;
  const onPath = spansOnPath(path);
  return {
    version: 2,
    question: { ask: 'trace', traceId: data.traceId },
    scope: scopeOf(context),
    trace: summaryOf(context),
    verdict: verdictOf(context, findings),
    path: pathSteps(context),
    spans: tree.spans.map((span) => explainedSpan(span, context, onPath.has(span))),
    errors: errorStory(tree, data.logs),
    findings,
    suspects: suspectsOf(findings),
    ...circumstances,
    logs: data.logs.map(({ atNs, spanId, service, severity, body }) => ({
      atMs: atNs / 1e6,
      spanId,
      service,
      severity,
      body,
    })),
    missing: [...missingFrom({ ...context, path }), ...circumstances.missing],
    next: nextSteps(context, findings),
  };
}

function scopeOf({ data, tree, history, onset, untilNs }: TraceContext): Scope {
  const at = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString();
  const { fromSeconds, toSeconds } = history.period;
  return {
    from: isoOf(data.originNs),
    to: isoOf(untilNs),
    usualFrom: at(fromSeconds),
    usualTo: at(toSeconds),
    onset: onset === null ? null : { at: at(onset.time), from: at(onset.time - 10), to: at(onset.time + 10) },
    services: servicesOf(tree),
    spans: tree.spans.filter((span) => !span.synthetic).length,
    tracesRead: 1,
  };
}

function summaryOf(context: TraceContext): TraceSummary {
  const { data, tree, history, onset } = context;
  const atSeconds = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString();
  return {
    traceId: data.traceId,
    start: isoOf(data.originNs),
    durationMs: latencyNs(context) / 1e6,
    root: referenceOf(tree.root),
    spans: tree.spans.filter((span) => !span.synthetic).length,
    errors: errorCount(tree),
    services: servicesOf(tree),
    usual: history.of(tree.root) ?? null,
    onset: onset === null ? null : { at: atSeconds(onset.time), service: onset.service, operation: onset.operation },
    historyFrom: atSeconds(history.period.fromSeconds),
    historyTo: atSeconds(history.period.toSeconds),
  };
}

function pathSteps({ path }: TraceContext): readonly PathStep[] {
  return path.segments.map(({ span, fromNs, toNs }) => ({
    ...referenceOf(span),
    startMs: fromNs / 1e6,
    selfMs: (toNs - fromNs) / 1e6,
  }));
}

function explainedSpan(span: TreeSpan, { path, history }: TraceContext, isOnPath: boolean): ExplainedSpan {
  const comparison = compare(span, history);
  return {
    ...referenceOf(span),
    parentSpanId: span.parent?.spanId ?? '',
    depth: span.depth,
    kind: span.kind,
    startMs: span.startNs / 1e6,
    durationMs: durationOf(span) / 1e6,
    selfMs: span.selfNs / 1e6,
    pathMs: isOnPath ? (path.selfNs.get(span) ?? 0) / 1e6 : null,
    status: span.status,
    usual: comparison?.usual ?? null,
    timesUsual: comparison === undefined ? null : Math.round(comparison.times * 100) / 100,
    synthetic: span.synthetic,
    unfinished: span.unfinished,
    shiftMs: span.shiftNs / 1e6,
  };
}

/** The fields that show one trace, for answers that may have none to show. */
export const shownTrace = (
  trace: TraceExplanation | null,
): Pick<Explanation, 'trace' | 'path' | 'spans' | 'errors' | 'logs'> => ({
  trace: trace?.trace ?? null,
  path: trace?.path ?? [],
  spans: trace?.spans ?? [],
  errors: trace?.errors ?? null,
  logs: trace?.logs ?? [],
});
