import { markup, markupLines } from '../markup.ts';

/** A piece of a page that is safe to put into one. Only `html` and `lines` make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Inside = string | number | Html | readonly Html[];

/** What stands in the template is the page's own; every value is escaped unless it is a piece of a page already. */
export function html(template: TemplateStringsArray, ...values: readonly Inside[]): Html {
  return new Html(template.reduce((page, part, at) => page + insideOf(values[at - 1] ?? '') + part));
}

function insideOf(value: Inside): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n');
  return markup(String(value));
}

/** A text of several lines. */
export const lines = (text: string): Html => new Html(markupLines(text));

export const nothing = new Html('');

/** A part of the page with its heading; nothing when it is empty. */
export const section = (title: string, parts: readonly Html[]): Html =>
  parts.length === 0
    ? nothing
    : html`<section>
        <h2>${title}</h2>
        ${parts}
      </section>`;

export const listOf = (items: readonly Html[]): Html =>
  items.length === 0
    ? nothing
    : html`<ul>
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`;

/** In thousandths of the width, where bars are drawn. */
export const barUnits = 1000;

/** A stretch of a bar; one that hardly lasts stays visible. */
export function stretch(className: string, from: number, to: number, [top, height]: readonly [number, number]): Html {
  const start = Math.max(0, Math.min(barUnits - leastWidth, from * barUnits));
  const width = Math.max(leastWidth, Math.min(barUnits, to * barUnits) - start);
  return html`<rect class="${className}" x="${fixed(start)}" y="${top}" width="${fixed(width)}" height="${height}" />`;
}

const leastWidth = 4;
const fixed = (value: number): string => String(Math.round(value * 10) / 10);

/** `label` says the same to those who cannot see it. */
export const bar = (label: string, parts: readonly Html[]): Html =>
  html`<svg class="bar" viewBox="0 0 ${barUnits} 10" preserveAspectRatio="none" role="img" aria-label="${label}">
    ${parts}
  </svg>`;
