import type { Delay } from '../../cause/records/delays.ts';
import type { Debit } from '../../cause/records/hand-over.ts';
import { partsOf, type Vocabulary } from '../../cause/records/invocations.ts';
import type { ResourceDeviation } from '../../cause/records/resources.ts';
import type { FeatureChange } from '../../cause/records/structure.ts';
import { printable } from '../../domain/printable.ts';
import { durationText, quoted } from '../format.ts';

const templateCharacters = 90;

/** What the runs of an operation do now and usually do not, or the other way round, with the counts. */
export function structureSentence({ changes, through, service }: Debit, vocabulary: Vocabulary): string {
  const strongest = changes.reduce<FeatureChange | undefined>(
    (best, change) => (best === undefined || change.llr > best.llr ? change : best),
    undefined,
  );
  if (strongest === undefined) return `${printable(service)} does something else than usual`;
  const { operation, feature, present, runs, usually, usualRuns, ofErrors } = strongest;
  const [owner = '', name = ''] = partsOf(vocabulary.operations.textOf(operation));
  const of = `${ofErrors ? 'failed runs' : 'runs'} of ${printable(owner)} ${quoted(name)}`;
  const counts = `in ${present} of ${runs} ${of}, usually in ${usually} of ${usualRuns}`;
  const delayed = through === null ? '' : `, after its call ${quoted(through.name)} was delayed`;
  return `${featureText(feature, vocabulary)} ${counts}${delayed}`;
}

function featureText(feature: number, { features, templates, operations }: Vocabulary): string {
  const [kind, ...parts] = partsOf(features.textOf(feature));
  const line = (id: string | undefined): string => {
    const known = /^\d+$/.test(id ?? '') ? templates.templateOf(Number(id)) : undefined;
    return known === undefined ? 'its start or end' : quoted(known.tokens.join(' ').slice(0, templateCharacters));
  };
  switch (kind) {
    case 'log':
      return `the log line ${line(parts[0])}`;
    case 'logs':
      return `the log lines ${line(parts[0])} and ${line(parts[1])} in a row`;
    case 'span':
      return `the step ${quoted(parts[0] ?? '')}`;
    case 'call': {
      const called = /^\d+$/.test(parts[0] ?? '') ? partsOf(operations.textOf(Number(parts[0]))) : parts;
      return `the call of ${called.map(printable).join(' ')}`;
    }
    default:
      return 'the order of its steps';
  }
}

const modes: Readonly<Record<Delay['mode'], string>> = {
  both: 'all calls to it and from it',
  out: 'what it sends',
  in: 'what it receives',
  slow: 'its own work',
};

export function delaySentence({ mode, delayMs, share, unanswered }: Delay): string {
  const lost = unanswered.length === 0 ? '' : `, and ${unanswered.length} calls have no span of their callee`;
  return `about ${durationText(delayMs)} are added to ${Math.round(share * 100)} % of ${modes[mode]}${lost}`;
}

export const resourceSentence = ({ series, usual, highest }: ResourceDeviation): string =>
  series.isPercent
    ? `its ${series.kind} is up to ${Math.round(highest)} % of the limit, usually ${Math.round(usual)} %`
    : `its ${series.kind} is up to ${Number(highest.toPrecision(3))}, usually ${Number(usual.toPrecision(3))}`;
