import type { Explanation, PathStep } from '../../explanation.ts';
import { countText, durationText } from '../../format.ts';
import { foldRows, pathMs, type WaterfallRow } from '../fold.ts';
import { isExample, traceParts } from '../wording.ts';
import { bar, html, nothing, section, stretch, type Html } from './elements.ts';

const mostRows = 60;
export const deepestIndent = 16;

/** The trace as a table: own time on the critical path in colour, time that merely ran in grey. */
export function waterfallPart(explanation: Explanation): Html {
  const { trace, spans, path } = explanation;
  if (trace === null) return nothing;
  const ownOf = Map.groupBy(path, ({ spanId }) => spanId);
  const scale = { from: spans[0]?.startMs ?? 0, ms: Math.max(trace.durationMs, 1e-6) };
  const rows = foldRows(spans, mostRows).map((row) => rowPart(row, ownOf, scale));
  return section(isExample(explanation) ? 'A trace that shows it' : 'Where the time went', [
    isExample(explanation)
      ? html`<p class="scope">${traceParts(trace).map((part) => html`<span>${part}</span>`)}</p>`
      : nothing,
    html`<table class="chart waterfall">
      <thead>
        <tr>
          <th>span</th>
          <th class="number">total</th>
          <th class="number">own</th>
          <th class="axis"><span>0</span><span>${durationText(trace.durationMs)}</span></th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
    html`<p class="dim">
      <span class="key own"></span> held the trace up <span class="key run"></span> ran
      ${spans.some(({ status }) => status === 'Error') ? html` <span class="key failed"></span> failed` : nothing}
    </p>`,
  ]);
}

interface Scale {
  readonly from: number;
  readonly ms: number;
}

function rowPart(row: WaterfallRow, ownOf: ReadonlyMap<string, readonly PathStep[]>, { from, ms }: Scale): Html {
  const place = (startMs: number): number => (startMs - from) / ms;
  const total = row.spans.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const first = row.spans[0];
  const drawn = row.spans
    .slice(0, mostDrawn)
    .flatMap(({ spanId, startMs, durationMs }) => [
      stretch(row.failed ? 'run failed' : 'run', place(startMs), place(startMs + durationMs), [4, 2]),
      ...(ownOf.get(spanId) ?? []).map((step) =>
        stretch(row.failed ? 'own failed' : 'own', place(step.startMs), place(step.startMs + step.selfMs), [2.5, 5]),
      ),
    ]);
  const label = first === undefined ? '' : `from ${durationText(first.startMs)}, for ${durationText(total)}`;
  const classes = [
    'name',
    `d${Math.min(row.depth, deepestIndent)}`,
    row.onPath ? 'on' : 'off',
    row.failed ? 'bad' : '',
  ];
  return html`<tr>
    <td class="${classes.filter((name) => name !== '').join(' ')}">${nameOf(row)}</td>
    <td class="number">${durationText(total)}</td>
    <td class="number">${row.onPath ? durationText(pathMs(row)) : ''}</td>
    <td class="drawn">${bar(label, drawn)}</td>
  </tr>`;
}

/** Bars of alike spans lie over one another: more of them would show nothing more. */
const mostDrawn = 300;

function nameOf(row: WaterfallRow): Html {
  const [span] = row.spans;
  if (span === undefined) return nothing;
  if (row.kind === 'summary') return html`<span class="dim">… ${countText(row.spans.length, 'span')}</span>`;
  const service = span.service === row.parentService ? nothing : html`<b>${span.service}</b> `;
  const count = row.spans.length > 1 ? html` <small>×${row.spans.length}</small>` : nothing;
  return html`${row.failed ? html`<span class="cross">✗</span> ` : nothing}${service}${span.operation}${count}${span.unfinished ? html` <small>no end</small>` : nothing}`;
}
