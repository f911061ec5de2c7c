import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { spansEvidence } from '../evidence-sql.ts';
import { countText, durationText } from '../format.ts';
import type { TreeSpan } from '../tree-span.ts';
import { hostOf, instanceOf } from './process.ts';

const leastNs = 5_000_000;
const most = 3;

/** Clocks that differ: not why a trace is slow, but why its spans did not lie where they belong. Told by process. */
export const clockSkew: Shape = (context) => {
  const shifted = context.tree.spans.filter((span) => !span.synthetic && Math.abs(span.shiftNs) >= leastNs);
  const byProcess = Map.groupBy(shifted, (span) => `${span.service}\u0000${instanceOf(span)}`);
  return [...byProcess.values()]
    .map((spans) => candidate(spans, context))
    .sort((a, b) => b.spans.length - a.spans.length)
    .slice(0, most);
};

function candidate(spans: readonly TreeSpan[], context: TraceContext): Candidate {
  const first = spans.reduce((least, span) => (span.depth < least.depth ? span : least));
  const [instance, host] = [instanceOf(first), hostOf(first)];
  const caller = first.parent;
  const by = durationText(Math.abs(first.shiftNs) / 1e6);
  const who = `${first.service}${host === '' ? '' : ` on ${host}`}`;
  return {
    id: 'clock-skew',
    title: `The clock of ${who} is ${by} ${first.shiftNs > 0 ? 'behind' : 'ahead'}`,
    severity: 'info',
    culprit: culpritOf(first, { ...(instance === '' ? {} : { instance }), ...(host === '' ? {} : { host }) }),
    explains: explains(0, context),
    sentences: [
      `${countText(spans.length, 'span')} of ${who} lay outside of the calls to it${caller === null ? '' : ` by ${caller.service}`}, so ${spans.length === 1 ? 'it was' : 'they were'} moved by ${durationText(first.shiftNs / 1e6)} into their middle.`,
      'Times before and after its spans are estimates until its clock is synchronised (NTP).',
    ],
    spans: idsOf(spans),
    confidence: 0.8,
    explainsFailure: false,
    evidence: [
      spansEvidence(
        context,
        'The call and what answered it, as they were received',
        caller === null ? [first] : [caller, first],
      ),
    ],
  };
}
