import { printable } from '../../domain/printable.ts';
import type { Population } from './population.ts';
import type { AttributeValue } from './split.ts';
import type { Counts } from './statistics.ts';

/** Characters of a value that a sentence shows. */
const mostCharacters = 80;
const mostAlikeNamed = 3;

/**
 * `app.tenant=acme` on web: 38 of 40 failed requests, 12 of 3,100 others. The same requests have `region=eu`.
 */
export function splitSentence(
  attributes: readonly AttributeValue[],
  alike: readonly AttributeValue[],
  counts: Counts,
  { bad, good }: { readonly bad: Population; readonly good: Population },
): string {
  const [first, ...rest] = attributes;
  const sameService = rest.every(({ service }) => service === first?.service);
  const what = sameService
    ? `${attributes.map(valueText).join(' and ')}${on(first)}`
    : attributes.map((attribute) => `${valueText(attribute)}${on(attribute)}`).join(' and ');
  const named = alike.slice(0, mostAlikeNamed).map((value) => {
    const own = value.service === first?.service;
    return own ? valueText(value) : `${valueText(value)}${on(value)}`;
  });
  const more = alike.length - named.length;
  const same =
    named.length === 0 ? '' : `. The same requests have ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const label = (population: Population): string => shortened(population.label);
  return `${what}: ${number(counts.bad)} of ${number(counts.badAll)} ${label(bad)}, ${number(counts.good)} of ${number(counts.goodAll)} ${label(good)}${same}.`;
}

const valueText = ({ key, value, comparison }: AttributeValue): string =>
  comparison === '=' ? `\`${shortened(key)}=${shortened(value)}\`` : `\`${shortened(key)} ${comparison} ${value}\``;

const on = (attribute: AttributeValue | undefined): string =>
  attribute === undefined || attribute.service === '' ? '' : ` on ${shortened(attribute.service)}`;

function shortened(text: string): string {
  const characters = [...printable(text).replaceAll('`', "'")];
  return characters.length <= mostCharacters
    ? characters.join('')
    : `${characters.slice(0, mostCharacters - 1).join('')}…`;
}

const number = (count: number): string => count.toLocaleString('en-US');
