import { printable } from '../../domain/printable.ts';
import { calleeOf, latencyNs, type TraceContext } from '../context.ts';
import type { Symptom } from '../explanation.ts';
import { countText, durationText, quoted } from '../format.ts';
import { isError } from '../span.ts';
import { keyOf, type OperationKey } from '../sql.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';

/** An operation that took longer, or failed more, in the trace than it does usually; its evidence is not asked for yet. */
export interface SymptomOfTrace extends Omit<Symptom, 'evidence' | 'what'> {
  readonly what: 'duration' | 'errors';
  /** Those that show it, the worst first. */
  readonly spans: readonly TreeSpan[];
}

const mostSymptoms = 12;

/** Clearly longer: this many times the usual median, and beyond p99 once or p95 on average; or so many times, however wide the tail. */
const least = { times: 1.5, always: 8, share: 0.02 } as const;
/** An operation of which more fails as a rule is as usual when it fails; what fails now is at least this many times that. */
const failing = { usually: 0.1, times: 3 } as const;
/** A caller shows no more than its callee does when so much of what is lost is the callee's. */
const passedOn = 0.5;

interface Draft {
  readonly symptom: SymptomOfTrace;
  /** Beyond the usual, in all of its spans. */
  readonly excessNs: number;
}

/**
 * What fared worse than its own history says, the first domino first: what none of the others lies below, then what
 * waits for it. Client spans are left out where the callee shows the same. Pure.
 */
export function symptomsOfTrace(context: TraceContext): readonly SymptomOfTrace[] {
  const byOperation = Map.groupBy(
    context.tree.spans.filter((span) => !span.synthetic),
    keyOf,
  );
  const drafts = [...byOperation.values()].flatMap((spans) => [failuresOf(spans, context), delayOf(spans, context)]);
  const told = withoutPassedOn(drafts.filter((draft) => draft !== null))
    .sort((a, b) => Number(hasFailed(b)) - Number(hasFailed(a)) || b.excessNs - a.excessNs || compareKeys(a, b))
    .slice(0, mostSymptoms);
  return inOrder(told, context);
}

function delayOf(spans: readonly TreeSpan[], context: TraceContext): Draft | null {
  const [first] = spans;
  const usual = first === undefined ? undefined : context.history.of(first);
  if (first === undefined || usual === undefined) return null;
  const ended = spans.filter(({ unfinished }) => !unfinished);
  const meanMs = ended.reduce((sum, span) => sum + durationOf(span), 0) / Math.max(1, ended.length) / 1e6;
  const excessNs = (meanMs - usual.p50Ms) * ended.length * 1e6;
  const beyond = ended.length === 1 ? usual.p99Ms : usual.p95Ms;
  const isClear = meanMs > beyond && meanMs >= usual.p50Ms * least.times;
  if (ended.length === 0 || (!isClear && meanMs < usual.p50Ms * least.always)) return null;
  if (excessNs < latencyNs(context) * least.share) return null;
  const worst = ended.toSorted((a, b) => durationOf(b) - durationOf(a) || (a.spanId < b.spanId ? -1 : 1));
  return { symptom: symptomOf('duration', worst, usual.p50Ms, meanMs, context), excessNs };
}

function failuresOf(spans: readonly TreeSpan[], context: TraceContext): Draft | null {
  const failed = spans.filter(isError);
  const [first] = failed;
  if (first === undefined) return null;
  const usual = context.history.of(first);
  const usually = usual === undefined ? null : usual.errors / usual.calls;
  const present = failed.length / spans.length;
  if ((usually ?? 0) > failing.usually || present < (usually ?? 0) * failing.times) return null;
  return { symptom: symptomOf('errors', failed, usually, present, context, spans.length), excessNs: 0 };
}

function symptomOf(
  what: SymptomOfTrace['what'],
  spans: readonly TreeSpan[],
  usual: number | null,
  present: number,
  { onset }: TraceContext,
  calls = spans.length,
): SymptomOfTrace {
  const [{ service, kind, operation }] = spans as [TreeSpan];
  const failed = spans.filter(isError).length;
  const isOnset = onset !== null && keyOf(onset) === keyOf({ service, kind, operation }) && onset.what === what;
  const symptom = {
    service,
    kind,
    operation,
    what,
    usual: usual === null ? null : rounded(usual),
    present: rounded(present),
    calls,
    failed,
    since: isOnset ? new Date(onset.time * 1000).toISOString() : null,
  };
  return { ...symptom, sentence: sentenceOf(symptom), spans };
}

/** As that of an operation in a time, and plain about being of one trace. */
function sentenceOf({
  service,
  operation,
  what,
  usual,
  present,
  calls,
  failed,
}: Omit<Symptom, 'sentence' | 'evidence'>) {
  const name = `${printable(service)} ${quoted(operation)}`;
  if (what === 'errors') {
    const now =
      calls === 1
        ? 'failed in this trace'
        : `failed in ${failed.toLocaleString('en-US')} of ${countText(calls, 'call')} of this trace`;
    return `${name} ${now}${usual === null ? '' : `, usually in ${shareText(usual)}`}.`;
  }
  const now = calls === 1 ? 'in this trace' : `on average in this trace (${countText(calls, 'call')})`;
  return `${name} took ${durationText(present)} ${now}, usually ${durationText(usual ?? 0)}.`;
}

const shareText = (share: number): string =>
  share === 0 ? 'none' : `${share < 0.01 ? 'under 1' : Math.round(share * 100)} % of its calls`;

/** Those of clients that do not merely show what happened to their callees. */
function withoutPassedOn(drafts: readonly Draft[]): Draft[] {
  const bad = (what: Symptom['what']): ReadonlyMap<string, number> =>
    new Map(
      drafts.filter(({ symptom }) => symptom.what === what).map(({ symptom, excessNs }) => [keyOf(symptom), excessNs]),
    );
  const [slow, failed] = [bad('duration'), bad('errors')];
  return drafts.filter(({ symptom: { kind, what, spans }, excessNs }) => {
    if (kind !== 'Client' && kind !== 'Producer') return true;
    const callees = new Set(
      spans.map((span) => calleeOf(span)).map((callee) => (callee === undefined ? '' : keyOf(callee))),
    );
    const of = what === 'errors' ? failed : slow;
    if (![...callees].every((callee) => of.has(callee))) return true;
    return (
      what === 'duration' && [...callees].reduce((sum, callee) => sum + (of.get(callee) ?? 0), 0) < excessNs * passedOn
    );
  });
}

const hasFailed = ({ symptom }: Draft): boolean => symptom.what === 'errors';

const compareKeys = (a: Draft, b: Draft): number => (keyOf(a.symptom) < keyOf(b.symptom) ? -1 : 1);

/** By how many of the other operations lie below an operation's spans; of as many what lost most time first. */
function inOrder(drafts: readonly Draft[], { tree }: TraceContext): readonly SymptomOfTrace[] {
  const bits = new Map(
    [...new Set(drafts.map(({ symptom }) => keyOf(symptom)))].map((key, place) => [key, 1 << place]),
  );
  const own = (span: OperationKey): number => bits.get(keyOf(span)) ?? 0;
  const bitsBelow = new Map<TreeSpan, number>();
  const below = new Map<string, number>();
  // Parents come before their children, so that from the end on all that lies below a span is known.
  for (const span of tree.spans.toReversed()) {
    const found = bitsBelow.get(span) ?? 0;
    if (own(span) !== 0) below.set(keyOf(span), (below.get(keyOf(span)) ?? 0) | found);
    if (span.parent !== null) bitsBelow.set(span.parent, (bitsBelow.get(span.parent) ?? 0) | found | own(span));
  }
  const dominoes = ({ symptom }: Draft): number => countBits((below.get(keyOf(symptom)) ?? 0) & ~own(symptom));
  return drafts
    .toSorted((a, b) => dominoes(a) - dominoes(b) || b.excessNs - a.excessNs || compareKeys(a, b))
    .map(({ symptom }) => symptom);
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

const rounded = (value: number): number => Number(value.toPrecision(6));
