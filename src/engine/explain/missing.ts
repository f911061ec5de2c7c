import { environmentWord } from './next-steps.ts';
import { limits } from '../domain/limits.ts';
import { printable } from '../domain/printable.ts';
import { overdueServices } from './arriving.ts';
import { calleeOf, isDatabaseCall, latencyNs, shareOf, type TraceContext } from './context.ts';
import type { Missing } from './explanation.ts';
import { countText, durationText, quoted } from './format.ts';
import { longestNs, peerOf } from './span.ts';
import { keyOf } from './sql.ts';

/** What could not be seen, or had to be assumed, in sentences; the weightiest first. */
export function missingFrom(context: TraceContext): readonly Missing[] {
  const { data, tree } = context;
  const { notes } = tree;
  const dropped = tree.spans.filter(({ dropped }) => dropped > 0).length;
  const endless = data.spans.filter(({ durationNs }) => durationNs >= longestNs).length;
  const unnamed = data.spans.filter(({ service }) => service === '').length;
  const were = (count: number): string => (count === 1 ? 'was' : 'were');
  return [
    ...missingWhen(
      data.isCut,
      `The trace has ${data.total === undefined ? `more than ${countText(limits.explain.spansPerTrace, 'span')}` : countText(data.total, 'span')}: the ${data.spans.length.toLocaleString('en-US')} longest and failed ones are looked at. Time of the others counts as their callers'.`,
      'Fewer spans for what runs thousands of times: one for a batch, with a count',
    ),
    ...missingWhen(
      notes.missingParents > 0,
      `${countText(notes.missingParents, 'span')} that ${countText(notes.orphans, 'other')} ${notes.orphans === 1 ? 'names' : 'name'} as parent ${were(notes.missingParents)} not received: a stand-in shows in ${notes.missingParents === 1 ? 'its' : 'their'} place.`,
      wholeTraces,
    ),
    ...missingWhen(
      notes.isRootMissing,
      `No span without a parent was received: ${printable(tree.root.service)} ${quoted(tree.root.operation)} is taken for the root, and its caller cannot be seen.`,
      wholeTraces,
    ),
    ...missingWhen(
      notes.extraRoots > 0,
      `${countText(notes.extraRoots, 'other root')} beside the longest: ${notes.extraRoots === 1 ? 'it does' : 'they do'} not count for the latency.`,
    ),
    ...missingWhen(
      notes.cycles > 0,
      `${countText(notes.cycles, 'cycle')} of parents: each was cut at its earliest span.`,
    ),
    ...notes.skews.map(({ service, shiftNs, spans }) => ({
      text: `The clock of ${printable(service)} differs: ${countText(spans, 'span')} moved by ${durationText(shiftNs / 1e6)}, from where the calls to it lie.`,
      settle: 'Synchronise its clock (NTP)',
    })),
    ...missingWhen(
      notes.unfinished > 0,
      `${countText(notes.unfinished, 'span')} without an end: taken to last as long as what lies below.`,
      'End spans in a finally block',
    ),
    ...missingWhen(
      endless > 0,
      `${countText(endless, 'span')} ${endless === 1 ? 'claims' : 'claim'} to last for more than a year: cut to one.`,
      'Take durations from a monotonic clock, not from the time of day',
    ),
    ...missingWhen(
      latencyNs(context) === 0,
      `${printable(tree.root.service)} ${quoted(tree.root.operation)} has no duration: it was sent without an end, or a clock stood still. Nothing can be said about its time.`,
      'End spans after they have begun, with a clock finer than the work',
    ),
    ...missingWhen(
      notes.outliving > 0,
      `${countText(notes.outliving, 'span')} ended after ${notes.outliving === 1 ? 'its parent' : 'their parents'}: nobody waited for the rest.`,
    ),
    ...missingWhen(
      notes.duplicates > 0,
      `${countText(notes.duplicates, 'span')} received more than once: counted once.`,
    ),
    ...missingWhen(
      unnamed > 0,
      `${countText(unnamed, 'span')} ${unnamed === 1 ? 'names' : 'name'} no service: all such count as one.`,
      nameServices,
    ),
    ...missingWhen(notes.sharedIds > 0, `${countText(notes.sharedIds, 'span')} shared an id with another one.`),
    ...missingWhen(notes.outsideLinks > 0, `${countText(notes.outsideLinks, 'link')} to other traces: not followed.`),
    ...missingWhen(
      dropped > 0,
      `${countText(dropped, 'span')} lost attributes, events or links to limits on the way.`,
      'Raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, or set fewer attributes',
    ),
    ...overdueServices(context).map((service) => ({
      text: `${printable(service)} sends spans otherwise, and none of this trace: it is down, or they were lost or are still under way.`,
      settle: wholeTraces,
    })),
    ...sharedNames(context),
    ...silentCallees(context),
    ...withoutHistory(context),
    ...missingWhen(
      data.logs.length === 0,
      'No log record carries this trace id.',
      'Have the logger write trace_id and span_id, as the log bridges of OpenTelemetry do',
    ),
    ...missingWhen(data.areLogsCut, `Only the first ${countText(data.logs.length, 'log record')} are looked at.`),
  ];
}

const wholeTraces = 'Keep whole traces: sample at the root or in the tail, and let every service export';
export const nameServices = 'Set OTEL_SERVICE_NAME, or the resource attribute service.name';
const moreHistory = 'Ask again when its operations have run for some minutes';

/** A sentence where it is so; `settle` says what would settle it. */
export const missingWhen = (is: boolean, text: string, settle: string | null = null): readonly Missing[] =>
  is ? [{ text, settle }] : [];

/** Whom a part of the trace that matters was waiting for, without a span from there. Databases never send any. */
function silentCallees(context: TraceContext): readonly Missing[] {
  const { path } = context;
  const silent = new Set<string>();
  const overdue = overdueServices(context);
  for (const [span, ns] of path.selfNs) {
    if (span.kind !== 'Client' || isDatabaseCall(span) || calleeOf(span) !== undefined) continue;
    if (overdue.includes(peerOf(span) ?? '')) continue;
    if (shareOf(ns, context) >= 0.1) silent.add(printable(peerOf(span) ?? span.operation));
  }
  return [...silent].map((name) => ({
    text: `No spans came from ${name}: what happened inside it cannot be seen.`,
    settle: `Instrument ${name}`,
  }));
}

/** Statistics are by the name of a service, in whichever environment it runs. */
function sharedNames({ environment }: TraceContext): readonly Missing[] {
  if (environment === undefined || environment === null) return [];
  const { services, all, name } = environment;
  const [one, other] = all;
  const usual =
    name === null
      ? 'what is usual is taken from all of them'
      : `what is usual is taken from ${printable(name)} alone where an operation ran there in the half hour before, else from all of them`;
  return [
    {
      text: `${services.map(printable).toSorted().join(', ')} ran in ${all.map(printable).join(' and ')} under one name: ${usual}.`,
      settle: `obs explain --compare ${environmentWord(one)} ${environmentWord(other)}, or names that differ`,
    },
  ];
}

function withoutHistory({ path, history }: TraceContext): readonly Missing[] {
  const operations = new Map(
    [...path.selfNs.keys()].filter((span) => !span.synthetic).map((span) => [keyOf(span), span]),
  );
  const without = [...operations.values()].filter((span) => history.of(span) === undefined).length;
  if (without === 0) return [];
  const text =
    without === operations.size
      ? 'There is no history of these operations yet, so nothing can be called unusual.'
      : `${countText(without, 'operation')} on the path ${without === 1 ? 'has' : 'have'} no history yet.`;
  return [{ text, settle: moreHistory }];
}
