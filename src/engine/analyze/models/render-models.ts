import { drawLines } from '../files/plot.ts';
import { renderTable } from '../../search/render-table.ts';
import type { ModelRow } from './model-rows.ts';
import { percent } from './prove.ts';
import type { ModelReport, Proof } from './report.ts';
import type { ShownModel } from './registry.ts';

const minute = (unixMs: number): string => new Date(unixMs).toISOString().slice(0, 16).replace('T', ' ');

const listColumns = ['id', 'scope', 'family', 'state', 'trained', 'data to', 'KiB', 'why'].map((name) => ({
  name,
  type: name === 'KiB' ? 'Float64' : 'String',
}));

export function renderModels(models: readonly ModelRow[], width: number): string {
  if (models.length === 0) return 'No model yet: one is trained two hours after a service was first seen.\n';
  const rows = models.map(({ id, scope, family, state, trainedMs, dataToMs, bytes, why }) => [
    id,
    scope,
    family,
    state,
    minute(trainedMs),
    minute(dataToMs),
    bytes === 0 ? '–' : (bytes / 1024).toFixed(1),
    why,
  ]);
  return renderTable(listColumns, rows, width);
}

/** Data range, what was left out and why, the losses as a chart, size, and both models' scores. */
export function renderModel({ model, report }: ShownModel, width: number): string {
  const lines = [
    `${model.id}: ${model.family} model of ${model.scope}, ${model.state}: ${model.why}`,
    `trained  ${minute(model.trainedMs)} UTC${report === null ? '' : ` in ${(report.trainingMs / 1000).toFixed(1)} s (${report.why})`}`,
    `data     ${minute(model.dataFromMs)} to ${minute(model.dataToMs)} UTC`,
    `size     ${model.bytes === 0 ? 'its file is not kept' : `${model.bytes} bytes, SHA-256 ${model.checksum}`}`,
  ];
  if (report === null) return `${lines.join('\n')}\n`;
  return `${[...lines, ...windowLines(report), ...scoreLines(report, width), ...lossLines(report, width)].join('\n')}\n`;
}

function windowLines({ windows, stretches }: ModelReport): readonly string[] {
  const left = Object.entries(windows.leftOut).map(([why, count]) => `${count} ${leftOutWords[why] ?? why}`);
  const named = stretches.map(({ fromMs, toMs, why }) => `           ${minute(fromMs)} to ${minute(toMs)}  ${why}`);
  return [
    `windows  ${windows.found}: ${windows.learned} learned, ${windows.heldBack} held back`,
    `left out ${left.length === 0 ? 'none' : left.join(', ')}`,
    ...named.slice(0, 10),
  ];
}

const leftOutWords: Readonly<Record<string, string>> = {
  anomaly: 'near an anomaly',
  incident: 'near an incident',
  restart: 'after a restart',
  deploy: 'after a deploy',
  reset: 'in which a counter began anew',
  late: 'worked out once more for late data',
  gap: 'with gaps',
  far: 'far out of the bulk',
};

const scoreColumns = [
  { name: 'on held-back time', type: 'String' },
  { name: 'wrong combinations found', type: 'Float64' },
  { name: 'right ones passed', type: 'Float64' },
  { name: 'later windows far out', type: 'Float64' },
  { name: 'median score', type: 'Float64' },
];

function scoreLines({ candidate, current }: ModelReport, width: number): readonly string[] {
  const row = (name: string, proof: Proof | null): readonly string[] =>
    proof === null
      ? [name, '–', '–', '–', '–']
      : [name, percent(proof.found), percent(proof.control), percent(proof.laterShare), proof.median.toFixed(2)];
  const rows = [
    row('this model', candidate),
    ...(current === null ? [] : [row(`${current.id}, current then`, current.proof)]),
  ];
  return ['', renderTable(scoreColumns, rows, width).trimEnd()];
}

function lossLines({ losses, bestEpoch, hidden }: ModelReport, width: number): readonly string[] {
  if (losses.length === 0) return ['', `worked out at once: ${hidden.join(', ')} directions count as usual`];
  const chart = drawLines([Float64Array.from(losses, ({ heldBack }) => heldBack)], width);
  return [
    '',
    `loss on held-back windows by pass (${losses.length}, the ${bestEpoch + 1}. was kept; layers ${hidden.join('-')})`,
    chart,
  ];
}
