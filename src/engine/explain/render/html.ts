import { createHash } from 'node:crypto';
import type { Explanation } from '../explanation.ts';
import { html, Html } from './html/elements.ts';
import { attributesPart, errorsPart, findingsPart, logsPart, missingPart, nextPart } from './html/findings-html.ts';
import { style } from './html/style.ts';
import { timelinePart } from './html/timeline-html.ts';
import { suspectsPart, verdictPart } from './html/verdict-html.ts';
import { waterfallPart } from './html/waterfall-html.ts';
import { questionText } from './wording.ts';

/** No script, no font, no picture, no form, nothing from anywhere; of styles the one of the page alone. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** An answer as one file to send or to keep: light and dark, on a phone and on paper. */
export function renderHtml(explanation: Explanation): string {
  const parts: readonly Html[] = [
    verdictPart(explanation),
    suspectsPart(explanation),
    timelinePart(explanation),
    waterfallPart(explanation),
    errorsPart(explanation),
    findingsPart(explanation),
    attributesPart(explanation),
    missingPart(explanation),
    nextPart(explanation),
    logsPart(explanation),
  ].filter(({ text }) => text !== '');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${questionText(explanation)} · obs explain</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <main>
          ${parts}
          <footer>
            obs explain. Times are UTC. Every piece of evidence has an id: <code>obs evidence ID</code> runs its
            statement again.
          </footer>
        </main>
      </body>
    </html>`;
  return `${page.text}\n`;
}
