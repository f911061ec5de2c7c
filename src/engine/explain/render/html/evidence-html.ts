import type { Evidence } from '../../evidence/evidence.ts';
import { countText } from '../../format.ts';
import { html, lines, nothing, type Html } from './elements.ts';

const mostRows = 50;

/** Each piece folded away under its title: rows, statement, and how to run it again. */
export const evidenceParts = (evidence: readonly Evidence[]): readonly Html[] => evidence.map(evidencePart);

/** Of many claims: all under one title. */
export const evidenceTogether = (evidence: readonly Evidence[]): Html =>
  evidence.length === 0
    ? nothing
    : html`<details>
        <summary>Evidence <small>${countText(evidence.length, 'statement')}</small></summary>
        ${evidenceParts(evidence)}
      </details>`;

function evidencePart({ id, title, sql, rows }: Evidence): Html {
  const rest = rows.length - mostRows;
  return html`<details>
    <summary>${title} <small>${countText(rows.length, 'row')}</small></summary>
    ${tableOf(rows.slice(0, mostRows))}${rest > 0 ? html`<p class="dim">… and ${countText(rest, 'more row')}</p>` : nothing}
    <pre><code>${lines(sql)}</code></pre>
    <p class="dim">Run it again: <code>obs evidence ${id}</code></p>
  </details>`;
}

function tableOf(rows: Evidence['rows']): Html {
  const [first] = rows;
  if (first === undefined) return html`<p class="dim">No rows.</p>`;
  const names = Object.keys(first);
  const cell = (value: unknown): Html => html`<td${isNumber(value) ? numeric : nothing}>${textOf(value)}</td>`;
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${names.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${names.map((name) => cell(row[name]))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const numeric = html` class="number"`;
const isNumber = (value: unknown): boolean => /^-?\d+(\.\d+)?$/.test(String(value));
const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(String).join(' / ')
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value ?? '');
