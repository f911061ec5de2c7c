import type { Names } from './intern.ts';
import type { Templates } from './templates.ts';
import { endOf, type RecordTrace, type TreeSpan } from './trace-spans.ts';

/** What can be seen of one run of an operation, present or absent. */
const featureKinds = ['log', 'logs', 'span', 'call', 'starts'] as const;
export type FeatureKind = (typeof featureKinds)[number];

/** One run of an operation within one instance: an entry span and what it did there until it called others. */
export interface Invocation {
  readonly entry: TreeSpan;
  /** Of service and entry's name. */
  readonly operation: number;
  /** A log of severity ERROR or worse, or a span that failed. */
  readonly isError: boolean;
  /** Feature ids with the earliest time of each, Unix milliseconds. */
  readonly features: ReadonlyMap<number, number>;
  readonly spans: readonly TreeSpan[];
}

/** Names and templates of one run, by number. */
export interface Vocabulary {
  readonly templates: Templates;
  readonly operations: Names;
  readonly features: Names;
}

const separator = '\u0000';
export const operationKey = (service: string, name: string): string => `${service}${separator}${name}`;
export const featureKey = (kind: FeatureKind, ...parts: readonly (string | number)[]): string =>
  [kind, ...parts].join(separator);
export const partsOf = (key: string): string[] => key.split(separator);

const errorSeverity = 17;

export const isEntry = (span: TreeSpan): boolean => span.parent === undefined || span.parent.instance !== span.instance;

/** The trace's invocations, each with its features. */
export function invocationsOf({ spans, logs }: RecordTrace, vocabulary: Vocabulary): Invocation[] {
  const drafts = new Map<TreeSpan, Draft>();
  const ownerOf = new Map<TreeSpan, Draft>();
  const byId = new Map<string, TreeSpan>();
  for (const span of spans) byId.set(span.spanId, span);
  const draftOf = (span: TreeSpan): Draft => {
    const known = ownerOf.get(span);
    if (known !== undefined) return known;
    let entry = span;
    while (!isEntry(entry)) entry = entry.parent!;
    const draft = drafts.get(entry) ?? { entry, spans: [], lines: [], isError: false };
    drafts.set(entry, draft);
    ownerOf.set(span, draft);
    return draft;
  };
  for (const span of spans) {
    const draft = draftOf(span);
    draft.spans.push(span);
    draft.isError ||= span.failed;
  }
  for (const log of logs) {
    const span = byId.get(log.spanId);
    const draft = span === undefined ? around(drafts, log.instance, log.timeMs) : draftOf(span);
    if (draft === undefined) continue;
    draft.lines.push({ template: vocabulary.templates.idOf(log.service, log.body), timeMs: log.timeMs });
    draft.isError ||= log.severity >= errorSeverity;
  }
  return [...drafts.values()].map((draft) => ({
    entry: draft.entry,
    operation: vocabulary.operations.idOf(operationKey(draft.entry.service, draft.entry.name)),
    isError: draft.isError,
    features: featuresOf(draft, vocabulary),
    spans: draft.spans,
  }));
}

interface Draft {
  readonly entry: TreeSpan;
  readonly spans: TreeSpan[];
  readonly lines: { readonly template: number; readonly timeMs: number }[];
  isError: boolean;
}

/** Of a log without a span: the instance's latest invocation that had begun. */
function around(drafts: ReadonlyMap<TreeSpan, Draft>, instance: string, timeMs: number): Draft | undefined {
  let latest: Draft | undefined;
  for (const draft of drafts.values()) {
    if (draft.entry.instance !== instance || draft.entry.startMs > timeMs) continue;
    if (latest === undefined || draft.entry.startMs > latest.entry.startMs) latest = draft;
  }
  return latest;
}

function featuresOf({ entry, spans, lines }: Draft, { features, operations }: Vocabulary): Map<number, number> {
  const found = new Map<number, number>();
  const note = (key: string, timeMs: number): void => {
    const id = features.idOf(key);
    const before = found.get(id);
    if (before === undefined || timeMs < before) found.set(id, timeMs);
  };
  let before: string | number = 'start';
  for (const { template, timeMs } of lines) {
    note(featureKey('log', template), timeMs);
    note(featureKey('logs', before, template), timeMs);
    before = template;
  }
  if (lines.length > 0) note(featureKey('logs', before, 'end'), endOf(entry));

  const starts: { readonly what: string; readonly timeMs: number }[] = [];
  for (const span of spans) {
    if (span !== entry) {
      note(featureKey('span', span.name), span.startMs);
      starts.push({ what: span.name, timeMs: span.startMs });
    }
    for (const child of span.children) {
      if (child.instance === entry.instance) continue;
      const called = operations.idOf(operationKey(child.service, child.name));
      note(featureKey('call', called), child.startMs);
      starts.push({ what: `→${called}`, timeMs: child.startMs });
    }
  }
  starts.sort((a, b) => a.timeMs - b.timeMs);
  let first = 'start';
  for (const { what, timeMs } of starts) {
    note(featureKey('starts', first, what), timeMs);
    first = what;
  }
  return found;
}
