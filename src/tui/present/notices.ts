import type { PanelRequest } from '../state/data.ts';
import { currentView, type Model, type PaneId } from '../state/model.ts';
import { answerFor } from '../state/rows.ts';
import { requestOf } from '../state/requests.ts';
import type { Tone } from '../theme.ts';
import { quietParts } from './quiet.ts';
import { fitLine, segment, wrap, type Line } from './text.ts';
import { ago, rangeText } from './time.ts';

type Part = readonly [text: string, tone: Tone];

/**
 * What stands in a pane without rows: why it is empty, and what to do about it. Null when there is data to show.
 * @param count rows that the pane would show
 */
export function emptyNotice(model: Model, pane: PaneId, count: number, width: number): readonly Line[] | null {
  if (count > 0) return null;
  const request = requestOf(model, currentView(model), pane);
  const parts = request === null ? ([['Nothing selected', 'muted']] as const) : partsFor(model, pane, request);
  return parts.flatMap(([text, tone]) =>
    text === ''
      ? [fitLine([], width)]
      : wrap(text, width - 4, 6).map((line) => fitLine([segment('   '), segment(line, tone)], width)),
  );
}

function partsFor(model: Model, pane: PaneId, request: PanelRequest): readonly Part[] {
  const problem = model.problems[request.id];
  if (problem !== undefined)
    return [
      ['The query failed', 'bad'],
      [problem, 'muted'],
    ];
  if (answerFor(model, request.id, pane) === undefined) {
    if (model.link.state === 'away') return awayParts(model, model.link.reason);
    return [['Loading …', 'muted']];
  }
  const view = currentView(model);
  if (view.filter !== '')
    return [
      [`Nothing matches "${view.filter}"`, 'normal'],
      ['Esc clears the filter', 'muted'],
    ];
  if (view.place === 'trace') return traceParts(model, pane, view.subject ?? '');
  const totals = model.panels.totals?.data;
  if (totals === undefined) return [['Loading …', 'muted']];
  if (totals.spans + totals.logs === 0) return firstSteps(model);
  return quietParts(model, pane) ?? inRangeParts(model, pane, totals.newestMs);
}

function awayParts(model: Model, reason: string): readonly Part[] {
  return [
    [`No engine answers at ${model.endpoint}`, 'bad'],
    [reason, 'muted'],
    ['', 'muted'],
    ['Trying again every second. `obs status` tells more, `obs up` starts it.', 'normal'],
  ];
}

function firstSteps(model: Model): readonly Part[] {
  return [
    ['No telemetry yet', 'title'],
    ['', 'muted'],
    ['Start an instrumented program with', 'normal'],
    [`export OTEL_EXPORTER_OTLP_ENDPOINT=${model.otlpEndpoint}`, 'accent'],
    ['export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf', 'accent'],
    ['', 'muted'],
    ['or try it out with `obs demo` in another terminal.', 'muted'],
  ];
}

function traceParts(model: Model, pane: PaneId, traceId: string): readonly Part[] {
  if (pane === 'traceLogs') return [['No log record carries the id of this trace', 'muted']];
  const totals = model.panels.totals?.data;
  const kept = totals === undefined || totals.spans > 0 ? '' : ' The store holds no spans yet.';
  return [
    [`No trace ${traceId} in the store.${kept}`, 'normal'],
    ['Esc goes back to the list', 'muted'],
  ];
}

const nothing: Readonly<Record<PaneId, string>> = {
  services: 'No calls',
  charts: 'No calls',
  operations: 'No calls',
  traces: 'No traces',
  errors: 'No errors',
  waterfall: 'No spans',
  span: 'No span',
  traceLogs: 'No log records',
  logs: 'No log records',
  record: 'No log record',
  deployments: 'No versions seen',
  hosts: 'No hosts seen',
  instances: 'No instances seen',
  incidents: 'No incidents',
  anomalies: 'No anomalies',
  anomaly: 'No anomaly',
  predictions: 'No predictions',
};

function inRangeParts(model: Model, pane: PaneId, newestMs: number | null): readonly Part[] {
  if (pane === 'deployments') {
    return [
      ['No service.version seen', 'normal'],
      ['Set the resource attribute service.version to see deployments here.', 'muted'],
    ];
  }
  const of = describeScope(model, pane);
  const sort = currentView(model).traceSort;
  const what = pane === 'traces' && sort === 'errors' ? 'No traces with errors' : nothing[pane];
  const head: Part = [`${what}${of} in the last ${rangeText(model.rangeMs)}`, 'normal'];
  if (what !== nothing[pane] && (newestMs ?? 0) >= model.nowMs - model.rangeMs)
    return [head, ['s shows recent ones', 'muted']];
  if (newestMs === null || newestMs >= model.nowMs - model.rangeMs) return [head];
  const wider = ['1h', '6h', '1d', '7d', '30d'][
    [3.6e6, 2.16e7, 8.64e7, 6.048e8, 2.592e9].findIndex((ms) => model.nowMs - newestMs < ms)
  ];
  return [
    head,
    [`The newest record is ${ago(newestMs, model.nowMs)} old. :since ${wider ?? '365d'} shows it.`, 'muted'],
  ];
}

function describeScope(model: Model, pane: PaneId): string {
  const view = currentView(model);
  const request = requestOf(model, view, pane);
  const services = request !== null && 'services' in request ? request.services : [];
  const severity =
    request?.id === 'logs' && request.minSeverity !== 'trace' ? ` at ${request.minSeverity} or above` : '';
  const operation = view.operation === null ? '' : ` of ${view.operation}`;
  return `${operation}${services.length === 0 ? '' : ` of ${services.join(', ')}`}${severity}`;
}
