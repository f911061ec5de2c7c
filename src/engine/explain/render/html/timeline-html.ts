import type { Explanation, Symptom } from '../../explanation.ts';
import { countText } from '../../format.ts';
import { aboutService, clockText, spreadHeading, spreadOf, symptomWords } from '../wording.ts';
import { evidenceTogether } from './evidence-html.ts';
import { bar, html, nothing, section, stretch, type Html } from './elements.ts';

const mostSymptoms = 25;
const mostMarks = 15;

/** How the trouble spread, on one axis of time: operations, changes and anomalies. */
export function timelinePart(explanation: Explanation): Html {
  const { symptoms, changes, anomalies, scope } = explanation;
  if (symptoms.length + changes.length + anomalies.length === 0) return nothing;
  const axis = axisOf(explanation);
  const rest = symptoms.length - mostSymptoms;
  const way = spreadOf(explanation);
  const rows = [
    ...symptoms.slice(0, mostSymptoms).map((symptom) => symptomRow(symptom, explanation, axis)),
    ...changes
      .slice(0, mostMarks)
      .map(({ at, service, sentence, blamed, relation }) =>
        markRow(
          { at, tone: blamed ? 'blamed' : 'change', name: service, sentence, note: relationNote[relation] },
          explanation,
          axis,
        ),
      ),
    ...anomalies
      .slice(0, mostMarks)
      .map(({ at, service, severity, sentence }) =>
        markRow({ at, tone: `mark-${severity}`, name: service, sentence, note: '' }, explanation, axis),
      ),
  ];
  return section(symptoms.length === 0 ? 'Meanwhile' : spreadHeading(explanation), [
    way.length < 2
      ? nothing
      : html`<p class="way">
          ${way.map((service, at) => html`${at === 0 ? nothing : html`<i>→</i> `}<b>${service}</b>`)}
        </p>`,
    html`<table class="chart">
      <thead>
        <tr>
          <th>operation, change or anomaly</th>
          <th class="number">usual</th>
          <th class="number">then</th>
          <th class="axis"><span>${clockText(scope.from, scope)}</span><span>${clockText(scope.to, scope)}</span></th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
    rest > 0 ? html`<p class="dim">… and ${countText(rest, 'more operation')}</p>` : nothing,
    scope.onset === null
      ? nothing
      : html`<p class="dim">
          <span class="key onset"></span> the trouble began at ${clockText(scope.onset.at, scope)}, nine tenths sure
          between ${clockText(scope.onset.from, scope)} and ${clockText(scope.onset.to, scope)}
        </p>`,
    evidenceTogether([...symptoms, ...changes].flatMap(({ evidence }) => evidence)),
  ]);
}

const relationNote = {
  'before-onset': '',
  'after-onset': 'after the trouble began: not the cause',
  'no-onset': '',
} as const;

interface Axis {
  /** 0 to 1 for a time of the answer; also outside of it. */
  readonly at: (iso: string) => number;
  readonly onset: readonly Html[];
}

function axisOf({ scope }: Explanation): Axis {
  const from = Date.parse(scope.from);
  const length = Math.max(1, Date.parse(scope.to) - from);
  const at = (iso: string): number => (Date.parse(iso) - from) / length;
  const { onset } = scope;
  return { at, onset: onset === null ? [] : [stretch('onset', at(onset.from), at(onset.to), [0, 10])] };
}

function symptomRow(symptom: Symptom, explanation: Explanation, { at, onset }: Axis): Html {
  const { scope } = explanation;
  const { service, operation, since, calls, failed } = symptom;
  const { what, usual, present } = symptomWords(symptom, explanation);
  const label = since === null ? 'no onset known' : `since ${clockText(since, scope)}`;
  const drawn = since === null ? [stretch('unknown', 0, 1, [4.5, 1])] : [stretch('trouble', at(since), 1, [3, 4])];
  return html`<tr>
    <td class="name">
      <b>${service}</b> ${operation}
      <small>${countText(calls, 'call')}${failed === 0 ? '' : `, ${failed.toLocaleString('en-US')} failed`}</small>
    </td>
    <td class="number">${usual ?? '?'}</td>
    <td class="number"><b>${present}</b> <small>${what}</small></td>
    <td class="drawn">${bar(label, [...onset, ...drawn])}</td>
  </tr>`;
}

interface Mark {
  readonly at: string;
  readonly tone: string;
  readonly name: string;
  readonly sentence: string;
  readonly note: string;
}

function markRow({ at: time, tone, name, sentence, note }: Mark, { scope }: Explanation, { at, onset }: Axis): Html {
  const place = at(time);
  const drawn = place < 0 || place > 1 ? [] : [stretch(tone, place, place + 0.008, [1.5, 7])];
  return html`<tr>
    <td class="name" colspan="3">
      ${aboutService(name, sentence)} <small>${clockText(time, scope)}${note === '' ? '' : `; ${note}`}</small>
    </td>
    <td class="drawn">${bar(clockText(time, scope), [...onset, ...drawn])}</td>
  </tr>`;
}
