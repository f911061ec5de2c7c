import { printable } from '../../domain/printable.ts';

/** Outside of XML 1.0's `Char`, though no control characters: half surrogates and the last two of the plane. */
const notInXml = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g;

/** Text from outside, on one line, for the content and the quoted attributes of HTML and XML. */
export const markup = (text: string): string => escapeMarkup(printable(text));

/** The same for texts of several lines, such as statements: line ends and tabs stay. */
export const markupLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.split('\t').map(markup).join('\t'))
    .join('\n');

const escapeMarkup = (text: string): string =>
  text
    .replaceAll(notInXml, '·')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
