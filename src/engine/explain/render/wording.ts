import { printable } from '../../domain/printable.ts';
import type {
  ChangeFact,
  Culprit,
  Explanation,
  Severity,
  SpanReference,
  Suspect,
  Symptom,
  TraceSummary,
  Verdict,
} from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import type { Scope } from '../question.ts';

/** Words that all formats for people share. Text from telemetry is on one line and without control characters. */

export const nameOf = ({ service, operation }: Pick<SpanReference, 'service' | 'operation'>): string =>
  operation === '' ? printable(service) : `${printable(service)} ${quoted(operation)}`;

/** `payment`, `instance payment-7d9 of payment`, `host db-2`. */
export function suspectName({ kind, name, service }: Pick<Suspect, 'kind' | 'name' | 'service'>): string {
  if (kind === 'service') return printable(name);
  const of = service === '' || service === name ? '' : ` of ${printable(service)}`;
  return `${kind} ${printable(name)}${of}`;
}

const wordsOfConfidence: readonly (readonly [number, string])[] = [
  [0.9, 'Almost certain'],
  [0.75, 'Very likely'],
  [0.5, 'Likely'],
  [0.25, 'Possible'],
  [0, 'A guess'],
];

/** "Very likely (86 %)": how sure the answer is; null where it does not say. */
export function confidenceText({ confidence }: Pick<Verdict, 'confidence'>): string | null {
  if (confidence <= 0) return null;
  const [, words] = wordsOfConfidence.find(([least]) => confidence >= least) ?? [0, 'A guess'];
  return `${words} (${percentText(confidence * 100)})`;
}

/** Who is to blame, as exactly as is known: `payment "POST /charges" (version 2.4.1, host db-2), which calls bank`. */
export function culpritText({ service, operation, version, instance, host, dependency }: Culprit): string {
  const name = operation === '' ? printable(service) : nameOf({ service, operation });
  const which = [
    ...(version === undefined ? [] : [`version ${printable(version)}`]),
    ...(instance === undefined ? [] : [`instance ${printable(instance)}`]),
    ...(host === undefined ? [] : [`host ${printable(host)}`]),
  ];
  const calls = dependency === undefined ? '' : `, which calls ${printable(dependency)}`;
  return `${name}${which.length === 0 ? '' : ` (${which.join(', ')})`}${calls}`;
}

/** What else may be the cause, in a few words each. Those that hardly count are left out. */
export const alternatives = ({ suspects }: Pick<Explanation, 'suspects'>): readonly Suspect[] =>
  suspects
    .slice(1)
    .filter(({ confidence }) => confidence >= leastAlternative)
    .slice(0, mostAlternatives);

const leastAlternative = 0.02;
const mostAlternatives = 3;

/** What sentences say beyond what was said before, in the same words or as the title that a reason begins with. */
export const beyond = (sentences: readonly string[], said: readonly string[]): readonly string[] =>
  sentences.flatMap((sentence) => {
    const core = sentence.replace(/^That (?=explains )/, '').replace(/(?: of the trace)?\.?$/, '');
    if (said.some((text) => text.includes(core))) return [];
    const title = said.find((text) => text !== '' && sentence.startsWith(`${text}: `));
    if (title === undefined) return [sentence];
    const rest = sentence.slice(title.length + 2).replace(/^in (?=\d+ of \d+ )/, 'seen in ');
    return [`${rest.charAt(0).toUpperCase()}${rest.slice(1)}`];
  });

/** `10:02:10`, or with its day where that is not the day of `scope`. UTC. */
export function clockText(iso: string, scope: Pick<Scope, 'from'>): string {
  const [day = '', time = ''] = iso.split('T');
  return scope.from.startsWith(day) ? time.slice(0, 8) : `${day} ${time.slice(0, 8)}`;
}

/** The trouble of an operation in a few words; `usual` is null where nobody knows. */
export function symptomWords(
  { what, usual, present, calls, failed }: Symptom,
  { question }: Pick<Explanation, 'question'>,
): { readonly what: string; readonly usual: string | null; readonly present: string } {
  const text = (value: number): string =>
    what === 'duration'
      ? durationText(value)
      : what === 'errors'
        ? percentText(value * 100)
        : `${Number(value.toPrecision(3)).toLocaleString('en-US')}/s`;
  const isOfTrace = question.ask === 'trace';
  return {
    what: isOfTrace && what === 'duration' ? 'took' : whatOf[what],
    usual: usual === null ? (hasSides(question) ? notCalled : null) : text(usual),
    // A share of the one call or two that a trace has of an operation would say more than it knows.
    present:
      hasSides(question) && calls === 0
        ? notCalled
        : isOfTrace && what === 'errors'
          ? `${failed} of ${calls}`
          : text(present),
  };
}

const notCalled = 'not called';
const whatOf: Readonly<Record<Symptom['what'], string>> = {
  duration: 'mean',
  errors: 'failed',
  traffic: 'calls',
};

/** A sentence with the service that it is about, where it does not name it. */
export const aboutService = (service: string, sentence: string): string =>
  service === '' || sentence.includes(service) ? printable(sentence) : `${printable(service)}: ${printable(sentence)}`;

/** What is to be added to the sentence of a change that came too late. */
export const afterNote = ({ relation, sentence }: Pick<ChangeFact, 'relation' | 'sentence'>): string =>
  relation === 'after-onset' && !sentence.includes('not the cause') ? ' (after the trouble began: not the cause)' : '';

/** Whether two sides are set against each other, which have no order in time. */
const hasSides = ({ ask }: Explanation['question']): boolean =>
  ask === 'compare' || ask === 'deploy' || ask === 'traces';

export const spreadHeading = ({ question }: Explanation): string =>
  hasSides(question) ? 'What differs most' : question.ask === 'trace' ? 'Worse than usual' : 'How it spread';

/** Services in the order in which the trouble reached them; none where there is no such order, or a trace shows it. */
export const spreadOf = ({ symptoms, question }: Pick<Explanation, 'symptoms' | 'question'>): readonly string[] =>
  hasSides(question) || question.ask === 'trace' ? [] : [...new Set(symptoms.map(({ service }) => printable(service)))];

/** What could not be seen, less what a finding says in other words. */
export const untold = ({ missing, findings }: Pick<Explanation, 'missing' | 'findings'>): Explanation['missing'] => {
  const silent = findings.flatMap(({ id, title }) =>
    id === 'missing-instrumentation' ? [title.replace(/ sends no spans$/, '')] : [],
  );
  return missing.filter(({ text }) => !silent.some((name) => text.startsWith(`No spans came from ${name}:`)));
};

/** Whether what would have been without the cause was looked for elsewhere. */
export const checkText = ({ check, evidence }: NonNullable<Explanation['without']>): string => {
  if (check !== null) return printable(check.sentence);
  return evidence.length === 0
    ? 'Not checked: no traces without it can be told apart.'
    : 'Not checked: too few traces of that time went without it.';
};

/** What was looked at, in parts. */
export function scopeParts({ scope, trace, question }: Explanation): readonly string[] {
  const onset = scope.onset === null ? [] : [`trouble since ${clockText(scope.onset.at, scope)}`];
  if (trace !== null && question.ask === 'trace') {
    const [, ...parts] = traceParts(trace);
    return [`Trace ${printable(trace.traceId)}`, ...parts, ...onset];
  }
  const usual =
    scope.usualFrom === null || scope.usualTo === null
      ? 'no history yet'
      : `${hasSides(question) ? 'compared with' : 'usual from'} ${clockText(scope.usualFrom, scope)}–${clockText(scope.usualTo, scope)}`;
  return [
    `${scope.from.slice(0, 10)} ${clockText(scope.from, scope)}–${clockText(scope.to, scope)} UTC`,
    ...(scope.services.length === 0 ? [] : [countText(scope.services.length, 'service')]),
    countText(scope.spans, 'span'),
    ...(scope.tracesRead === 0 ? [] : [`${countText(scope.tracesRead, 'trace')} read`]),
    usual,
    ...onset,
  ];
}

export function traceParts({
  traceId,
  durationMs,
  spans,
  services,
  errors,
  start,
  usual,
}: TraceSummary): readonly string[] {
  return [
    `trace ${printable(traceId)}`,
    durationText(durationMs),
    countText(spans, 'span'),
    countText(services.length, 'service'),
    ...(errors === 0 ? [] : [countText(errors, 'failed span')]),
    `${start.slice(0, 23).replace('T', ' ')} UTC`,
    usual === null
      ? 'no history yet'
      : `usual ${durationText(usual.p50Ms)} (p95 ${durationText(usual.p95Ms)}, ${countText(usual.calls, 'call')})`,
  ];
}

/** The trace that goes with an answer about something larger. */
export const isExample = ({ question, trace }: Explanation): boolean => trace !== null && question.ask !== 'trace';

export const severityOf = ({ severity }: Pick<Verdict, 'severity'>): Severity => severity ?? 'info';

/** What was asked, as a heading. */
export function questionText({ question, trace }: Explanation): string {
  switch (question.ask) {
    case 'trace':
      return trace === null
        ? `Trace ${printable(question.traceId)}`
        : `${nameOf(trace.root)}: ${durationText(trace.durationMs)}`;
    case 'range': {
      const of = [question.services?.join(', '), question.operation]
        .filter((part) => part !== undefined)
        .map(printable)
        .join(' ');
      return of === '' ? 'What was wrong' : `What was wrong with ${of}`;
    }
    case 'incident':
    case 'anomaly':
      return `${question.ask === 'incident' ? 'Incident' : 'Anomaly'} ${printable(question.id)}`;
    case 'deploy':
      return `Deployment ${printable(question.id)}`;
    case 'compare':
      return 'Comparison';
    case 'traces':
      return countText(question.traceIds.length, 'trace');
  }
}
