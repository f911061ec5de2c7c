import type { Delay } from '../../cause/records/delays.ts';
import type { Debit } from '../../cause/records/hand-over.ts';
import { partsOf, type Vocabulary } from '../../cause/records/invocations.ts';
import type { ResourceDeviation } from '../../cause/records/resources.ts';
import type { FeatureChange } from '../../cause/records/structure.ts';
import { printable } from '../../domain/printable.ts';
import { durationText, quoted } from '../format.ts';
import type { TellingGaps } from './count-gaps.ts';

const templateCharacters = 90;

/** Of the deviations of a run the one that is told: a step, a call or a line says more than what came after what. */
export function toldChange({ changes }: Debit, vocabulary: Vocabulary): FeatureChange | undefined {
  const rank = ({ feature }: FeatureChange): number => tellable.indexOf(kindOf(feature, vocabulary));
  return changes.toSorted((a, b) => rank(b) - rank(a) || b.llr - a.llr)[0];
}

const tellable = ['starts', 'logs', 'log', 'call', 'span'];
const kindOf = (feature: number, { features }: Vocabulary): string => partsOf(features.textOf(feature))[0] ?? '';

/** How many have it, of how many, in the time that is asked about and usually. */
export interface Counted {
  readonly present: number;
  readonly of: number;
  readonly usually: number;
  readonly usualOf: number;
}

/** What the runs of an operation do now and usually do not, or the other way round; with the counts of a statement. */
export function structureSentence(
  { through, service }: Debit,
  change: FeatureChange | undefined,
  counted: Counted | null,
  vocabulary: Vocabulary,
): string {
  if (change === undefined) return `${printable(service)} does something else than usual`;
  const { operation, feature, appeared, ofErrors } = change;
  const [owner = '', name = ''] = partsOf(vocabulary.operations.textOf(operation));
  const of = `${ofErrors ? 'failed runs' : 'runs'} of ${printable(owner)} ${quoted(name)}`;
  const delayed = through === null ? '' : `, after its call ${quoted(through.name)} was delayed`;
  const what = featureText(feature, vocabulary);
  if (counted === null) return `${what} ${appeared ? 'is new' : 'is missing'} in ${of}${delayed}`;
  const { present, of: runs, usually, usualOf } = counted;
  return `${what} in ${present} of ${runs} ${of}, usually in ${usually} of ${usualOf}${delayed}`;
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
      return 'an order of steps';
  }
}

const modes: Readonly<Record<Delay['mode'], string>> = {
  both: 'all calls to it and from it',
  out: 'what it sends',
  in: 'what it receives',
  slow: 'its own work',
};

const edgeModes: Readonly<Record<Delay['mode'], (peer: string) => string>> = {
  both: (peer) => `what it and ${peer} send each other`,
  out: (peer) => `what it sends to ${peer}`,
  in: (peer) => `what it receives from ${peer}`,
  slow: (peer) => `its own work for ${peer}`,
};

/** What takes longer; with the counts of a statement what of it does, and how often. */
export function delaySentence(
  { instance, mode, peer, delayMs, share, unanswered }: Delay,
  gaps: TellingGaps | null,
  counted: Counted | null,
): string {
  const lost = unanswered.length === 0 ? '' : `, and ${unanswered.length} calls have no span of their callee`;
  const messages = peer === null ? modes[mode] : edgeModes[mode](printable(peer));
  const likely = `as if about ${durationText(delayMs)} were added to ${Math.round(share * 100)} % of ${messages}`;
  if (gaps === null || counted === null) return `it looks ${likely}${lost}`;
  const { present, of, usually, usualOf } = counted;
  const long = `${durationText(gaps.lateMs)} or more, usually ${usually} of ${usualOf}`;
  return `${present} of ${of} ${gapsText(gaps, instance)} took ${long}, ${likely}${lost}`;
}

function gapsText({ group: { kind, role, other } }: TellingGaps, instance: string): string {
  if (kind === 'database') return 'calls to databases';
  if (kind === 'own') return `runs of ${quoted(other)} by themselves`;
  const [from, to] = role === 'caller' ? [instance, other] : [other, instance];
  return kind === 'before'
    ? `calls from ${printable(from)} on the way to ${printable(to)}`
    : `answers on the way from ${printable(to)} to ${printable(from)}`;
}

/** @param levels the highest value in the time that is asked about, and what is usual, in the metric's own unit */
export function resourceSentence({ series }: ResourceDeviation, levels: { present: number; usual: number }): string {
  const { kind, isPercent } = series;
  const text = (value: number): string =>
    isPercent ? `${Math.round(100 * value)} %` : String(Number(value.toPrecision(3)));
  return `its ${kind} is up to ${text(levels.present)}${isPercent ? ' of the limit' : ''}, usually ${text(levels.usual)}`;
}
