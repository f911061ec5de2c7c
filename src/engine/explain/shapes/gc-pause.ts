import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText } from '../format.ts';
import { gcName, runtimeEvidence } from '../runtime-sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { growthOf } from './memory-leak.ts';
import { ownTimes, type OwnTime } from './own-time.ts';
import { changeOf, isOfProcess, secondsIn, seriesOf, type Change } from './process.ts';
import { severityOf } from './severity.ts';

const least = { share: 0.15, collecting: 0.01, timesUsual: 3, ofLost: 0.3 };

/**
 * GC pause: the runtime of the process that lost the time collected garbage for much longer than usual, for about as long
 * as was lost. Where its memory grew as well, the leak is the better answer.
 */
export const gcPause: Shape = (context) =>
  ownTimes(context)
    .filter(({ ns }) => shareOf(ns, context) >= least.share)
    .flatMap((own) => {
      const change = collecting(own.worst, context);
      return change === undefined || riseMs(change) < (own.ns / 1e6) * least.ofLost
        ? []
        : [candidate(own, change, context)];
    });

const riseMs = ({ rise, series }: Change): number => rise * secondsIn(series) * 1000;

/** The time in garbage collection, when it is a multiple of the usual. */
export function collecting(span: TreeSpan, context: TraceContext): Change | undefined {
  return seriesOf(span, context)
    .filter(({ metric, how }) => how === 'total' && gcName.test(metric))
    .flatMap((series) => changeOf(series, context) ?? [])
    .filter(({ recent, usual, series }) => {
      const share = recent * secondsIn(series);
      return share >= least.collecting && (usual === null || share >= usual * secondsIn(series) * least.timesUsual);
    })
    .reduce<Change | undefined>(
      (most, one) => (most === undefined || riseMs(one) > riseMs(most) ? one : most),
      undefined,
    );
}

function candidate(own: OwnTime, change: Change, context: TraceContext): Candidate {
  const { service, instance, worst, spans } = own;
  const { series, recent, usual } = change;
  const explained = explains(Math.min(own.ns, riseMs(change) * 1e6), context);
  const grows = context.memory.some(
    (memory) => memory.service === service && isOfProcess(memory.instance, instance) && growthOf(memory) !== undefined,
  );
  const share = (rate: number): string => percentText(rate * secondsIn(series) * 100);
  return {
    id: 'gc-pause',
    title: `Garbage collection stops ${service}`,
    severity: severityOf(explained.percent),
    culprit: culpritOf(worst, instance === '' ? {} : { instance }),
    explains: explained,
    sentences: [
      `${series.metric} of ${service}: ${durationText(riseMs(change))} around this trace, ${share(recent)} of the time${usual === null ? '' : `, usually ${share(usual)}`}.`,
      `${service} itself lost ${durationText(own.ns / 1e6)} in ${spans.length === 1 ? 'one span' : `${spans.length} spans of ${own.operations} operations`} that wait for nobody else.`,
      grows
        ? 'Its memory grew as well: see there first.'
        : 'Its memory did not grow: it allocates much at once, or its heap is too small.',
    ],
    spans: idsOf(spans),
    confidence: (usual === null ? 0.6 : own.operations > 1 ? 0.92 : 0.88) * (grows ? 0.6 : 1),
    explainsFailure: false,
    evidence: [
      runtimeEvidence(context, `Time in garbage collection of ${service}, in steps of 5 s`, series),
      spansEvidence(context, `Where ${service} lost time`, spans),
      usualEvidence(context, 'How long the operation took before', [worst]),
    ],
  };
}
