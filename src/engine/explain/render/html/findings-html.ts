import type { AttributeSplit } from '../../attributes/split.ts';
import type { ErrorStory, Explanation, Finding } from '../../explanation.ts';
import { countText, durationText, percentText } from '../../format.ts';
import { beyond, nameOf, untold } from '../wording.ts';
import { evidenceParts } from './evidence-html.ts';
import { bar, html, lines, listOf, nothing, section, stretch, type Html } from './elements.ts';

export const findingsPart = ({ findings }: Explanation): Html => section('Findings', findings.map(findingPart));

function findingPart({ title, severity, explains, confidence, culprit, sentences, evidence }: Finding): Html {
  const about = [
    nameOf(culprit),
    ...(explains.ms > 0 ? [`explains ${durationText(explains.ms)} (${percentText(explains.percent)})`] : []),
    `confidence ${percentText(confidence * 100)}`,
  ];
  return html`<article class="finding ${severity}">
    <h3>${title} <span class="pill ${severity}">${severity}</span></h3>
    <p class="scope">${about.map((part) => html`<span>${part}</span>`)}</p>
    ${beyond(sentences, about).map((sentence) => html`<p>${sentence}</p>`)}${evidenceParts(evidence)}
  </article>`;
}

export function errorsPart({ errors }: Explanation): Html {
  if (errors === null) return nothing;
  const { first, others } = errors;
  const said = [first.type, first.message].filter((part) => part !== null && part !== '').join(': ');
  return section('Errors', [
    listOf([
      html`First at ${durationText(first.atMs)} in
        <b>${nameOf(first)}</b>${said === '' ? nothing : html`: <q>${said}</q>`}`,
      ...(errors.spread.length === 0 ? [] : [html`${spreadText(errors)}`]),
      ...(others.length === 0 ? [] : [html`Other errors began in ${[...new Set(others.map(nameOf))].join(', ')}`]),
    ]),
  ]);
}

function spreadText({ first, spread, stoppedAt, reachedRoot }: ErrorStory): string {
  const way = [...new Set([first, ...spread].map(({ service }) => service))].join(' → ');
  const end = reachedRoot ? 'up to the root' : `stopped at ${stoppedAt === null ? 'its root' : nameOf(stoppedAt)}`;
  return `Spread: ${way}, ${end}`;
}

const mostAttributes = 12;

/** Shares of bad and good requests that have the values, beside one another. */
export const attributesPart = ({ attributes }: Explanation): Html =>
  section('What bad requests share', attributes.slice(0, mostAttributes).map(attributePart));

function attributePart({ sentence, attributes, bad, badAll, good, goodAll, evidence }: AttributeSplit): Html {
  const row = (name: string, count: number, all: number): Html => {
    const share = all === 0 ? 0 : count / all;
    const said = `${count.toLocaleString('en-US')} of ${all.toLocaleString('en-US')}`;
    return html`<tr>
      <td>${name}</td>
      <td class="drawn">
        ${bar(said, [stretch('track', 0, 1, [0, 10]), ...(count === 0 ? [] : [stretch(name === 'bad' ? 'trouble' : 'own', 0, share, [0, 10])])])}
      </td>
      <td class="number">${said}</td>
      <td class="number">${percentText(share * 100)}</td>
    </tr>`;
  };
  return html`<article class="split">
    <p><code>${attributes.map(({ key, comparison, value }) => `${key}${comparison}${value}`).join(' and ')}</code></p>
    <p>${sentence}</p>
    <table class="shares">
      <tbody>
        ${row('bad', bad, badAll)}${row('good', good, goodAll)}
      </tbody>
    </table>
    ${evidenceParts(evidence)}
  </article>`;
}

export const missingPart = (explanation: Explanation): Html => {
  const missing = untold(explanation);
  return section(
    'Not seen, or assumed',
    missing.length === 0
      ? []
      : [
          listOf(
            missing.map(
              ({ text, settle }) =>
                html`${text}${settle === null ? nothing : html` <span class="dim">→ ${settle}</span>`}`,
            ),
          ),
        ],
  );
};

export const nextPart = ({ next }: Explanation): Html =>
  section(
    'Next',
    next.map(
      ({ command, why }) =>
        html`<p class="dim">${why}</p>
          <pre><code>${command}</code></pre>`,
    ),
  );

const mostLogs = 50;

export function logsPart({ logs }: Explanation): Html {
  if (logs.length === 0) return nothing;
  const rows = logs.slice(0, mostLogs).map(
    ({ atMs, service, severity, body }) =>
      html`<tr>
        <td class="number">${durationText(atMs)}</td>
        <td>${service}</td>
        <td>${severity}</td>
        <td class="body">${lines(body.slice(0, mostCharacters))}</td>
      </tr>`,
  );
  const rest = logs.length - mostLogs;
  return html`<section>
    <details>
      <summary>${countText(logs.length, 'log record')} of this trace</summary>
      <div class="wide">
        <table>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>
      ${rest > 0 ? html`<p class="dim">… and ${countText(rest, 'more')}</p>` : nothing}
    </details>
  </section>`;
}

const mostCharacters = 2000;
