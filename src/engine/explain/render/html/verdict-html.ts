import type { Explanation, Suspect } from '../../explanation.ts';
import { percentText } from '../../format.ts';
import {
  checkText,
  clockText,
  confidenceText,
  culpritText,
  questionText,
  scopeParts,
  suspectName,
} from '../wording.ts';
import { evidenceParts } from './evidence-html.ts';
import { bar, html, listOf, nothing, section, stretch, type Html } from './elements.ts';

/** The head of the page: what, how sure, what would have been without it, and what was looked at. */
export function verdictPart(explanation: Explanation): Html {
  const { verdict } = explanation;
  const tone = verdict.severity ?? 'fine';
  const [what, why] = verdict.sentence.split(/ (?=Why: |Most likely: )/, 2) as [string, string?];
  const sure = confidenceText(verdict);
  return html`<header class="verdict ${tone}">
    <p class="asked">
      ${questionText(explanation)} <span class="pill ${tone}">${verdict.severity ?? 'nothing unusual'}</span>
    </p>
    <h1>${what}</h1>
    ${why === undefined ? nothing : html`<p class="lead">${why}</p>`}
    ${sure === null ? nothing : html`<p class="sure">${bar(sure, [stretch('track', 0, 1, [0, 10]), stretch('filled', 0, verdict.confidence, [0, 10])])} <span>${sure}${verdict.culprit === null ? '' : html`: <b>${culpritText(verdict.culprit)}</b>`}</span></p>`}
    ${withoutPart(explanation)}
    <p class="scope">${scopeParts(explanation).map((part) => html`<span>${part}</span>`)}</p>
  </header>`;
}

function withoutPart({ without }: Explanation): Html {
  if (without === null) return nothing;
  const { check } = without;
  const checked =
    check === null
      ? html`<span class="dim">${checkText(without)}</span>`
      : html`<span class="${check.holds ? 'good' : 'warn'}">${check.holds ? '✓' : '✗'} ${check.sentence}</span>`;
  return html`<div class="without">
    <p>${without.sentence} ${checked}</p>
    ${evidenceParts(without.evidence)}
  </div>`;
}

/** Whoever may be at fault, with reasons and evidence. A trace's findings say the same in more words: then nothing. */
export function suspectsPart({ suspects, findings, scope }: Explanation): Html {
  const titles = new Set(findings.map(({ title }) => title));
  if (suspects.every(({ why }) => why.every((reason) => titles.has(reason)))) return nothing;
  return section('What may be the cause', [
    html`<ol class="suspects">
      ${suspects.map((suspect) => suspectPart(suspect, scope))}
    </ol>`,
  ]);
}

function suspectPart(suspect: Suspect, scope: Explanation['scope']): Html {
  const { confidence, since, why, evidence } = suspect;
  const percent = percentText(confidence * 100);
  const began =
    since === null
      ? nothing
      : html`<p class="dim">
          since ${clockText(since.at, scope)}, nine tenths sure between ${clockText(since.from, scope)} and
          ${clockText(since.to, scope)}
        </p>`;
  return html`<li>
    <p class="named">
      <b>${suspectName(suspect)}</b>
      ${bar(percent, [stretch('track', 0, 1, [0, 10]), stretch('filled', 0, confidence, [0, 10])])}
      <span>${percent}</span>
    </p>
    ${began}${listOf(why.map((reason) => html`${reason}`))}${evidenceParts(evidence)}
  </li>`;
}
