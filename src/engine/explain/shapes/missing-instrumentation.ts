import { overdueServices } from '../arriving.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, isDatabaseCall, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence } from '../evidence-sql.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { logIdsSql } from '../nearby-sql.ts';
import { peerOf } from '../span.ts';
import type { TreeSpan } from '../tree-span.ts';

const least = { share: 0.15, ownShare: 0.3, ownMs: 5, records: 20 };

/**
 * What to instrument so that the next trace tells more: whom a part that matters was waiting for without a span from
 * there, a service that spends long and shows nothing of what it does, lost parents, logs without trace ids.
 */
export const missingInstrumentation: Shape = (context) => [
  ...silentCallees(context),
  ...opaqueServices(context),
  ...brokenContext(context),
  ...logsWithoutIds(context),
];

function finding(
  spans: readonly [TreeSpan, ...TreeSpan[]],
  {
    title,
    sentences,
    dependency,
  }: { readonly title: string; readonly sentences: readonly string[]; readonly dependency?: string },
  context: TraceContext,
): Candidate {
  return {
    id: 'missing-instrumentation',
    title,
    severity: 'info',
    culprit: culpritOf(spans[0], dependency === undefined ? {} : { dependency }),
    explains: explains(0, context),
    sentences,
    spans: idsOf(spans),
    confidence: 0.9,
    explainsFailure: false,
    evidence: [spansEvidence(context, 'The spans that show it', spans, ['server.address'])],
  };
}

/** What takes what it usually takes needs no closer look. */
const isSlow = (span: TreeSpan, { history }: TraceContext): boolean => compare(span, history)?.isSlow === true;

function silentCallees(context: TraceContext): readonly Candidate[] {
  const overdue = overdueServices(context);
  const silent = [...context.path.selfNs].filter(
    ([span, ns]) =>
      span.kind === 'Client' &&
      !isDatabaseCall(span) &&
      span.children.length === 0 &&
      calleeOf(span) === undefined &&
      !overdue.includes(peerOf(span) ?? '') &&
      shareOf(ns, context) >= least.share &&
      isSlow(span, context),
  );
  const byPeer = Map.groupBy(silent, ([span]) => peerOf(span) ?? span.operation);
  return [...byPeer].map(([peer, entries]) => {
    const spans = entries.map(([span]) => span) as [TreeSpan, ...TreeSpan[]];
    const ns = entries.reduce((sum, [, own]) => sum + own, 0);
    return finding(
      spans,
      {
        title: `${peer} sends no spans`,
        sentences: [
          `${durationText(ns / 1e6)} (${percentText(shareOf(ns, context) * 100)} of the trace) passed in calls to ${peer}, and what it did meanwhile cannot be seen.`,
          `Instrument ${peer}, or where it is a third party, record its request id on ${quoted(spans[0].operation)}.`,
        ],
        dependency: peer,
      },
      context,
    );
  });
}

function opaqueServices(context: TraceContext): readonly Candidate[] {
  const withInside = new Set(
    context.tree.spans.flatMap((span) => (span.parent?.service === span.service ? [span.service] : [])),
  );
  const opaque = [...context.path.selfNs].filter(
    ([span, ns]) =>
      !span.synthetic &&
      (span.kind === 'Server' || span.kind === 'Consumer') &&
      !withInside.has(span.service) &&
      ns >= least.ownMs * 1e6 &&
      shareOf(ns, context) >= least.ownShare &&
      isSlow(span, context),
  );
  return opaque.map(([span, ns]) =>
    finding(
      [span],
      {
        title: `What ${span.service} does inside cannot be seen`,
        sentences: [
          `${span.service} spends ${durationText(ns / 1e6)} (${percentText(shareOf(ns, context) * 100)} of the trace) in ${quoted(span.operation)} without one span of its own below it.`,
          'Instrument its clients (HTTP, database, queue) and its longest functions.',
        ],
      },
      context,
    ),
  );
}

function brokenContext(context: TraceContext): readonly Candidate[] {
  const { tree } = context;
  const orphans = tree.spans.filter((span) => span.parent?.synthetic === true);
  const [first, ...rest] = orphans;
  if (first === undefined || tree.notes.missingParents === 0) return [];
  const services = [...new Set(orphans.map(({ service }) => service))];
  return [
    finding(
      [first, ...rest],
      {
        title: `Context is broken in front of ${services.slice(0, 3).join(', ')}`,
        sentences: [
          `${countText(orphans.length, 'span')} of ${services.slice(0, 5).join(', ')} ${orphans.length === 1 ? 'names a parent' : 'name parents'} that ${tree.notes.missingParents === 1 ? 'was' : 'were'} never received.`,
          'Whoever calls them does not export its spans, or samples by itself: sample at the root, and let proxies in between pass traceparent on or export as well.',
        ],
      },
      context,
    ),
  ];
}

function logsWithoutIds(context: TraceContext): readonly Candidate[] {
  return context.logIds
    .filter(({ records, withTrace }) => records >= least.records && withTrace === 0)
    .flatMap(({ service, records }) => {
      const span = context.tree.spans.find((one) => one.service === service && !one.synthetic);
      if (span === undefined) return [];
      const from = context.data.originNs - 60_000_000_000n;
      const base = finding(
        [span],
        {
          title: `Logs of ${service} name no trace`,
          sentences: [
            `${service} wrote ${countText(records, 'log record')} around this trace, and none of them names a trace.`,
            'Have its logger write trace_id and span_id, as the log bridges of OpenTelemetry do.',
          ],
        },
        context,
      );
      const counted = {
        title: `Log records of ${service}, and those with a trace id`,
        sql: logIdsSql([service], from, context.untilNs),
      };
      return [{ ...base, evidence: [...base.evidence, counted] }];
    });
}
