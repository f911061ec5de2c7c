import type { Place } from '../keys.ts';
import { currentView, smallestSize, type Model, type PaneId } from './model.ts';

/** A part of the screen: one pane, or parts side by side (`row`) or one upon the other (`column`). */
export type Area =
  | { readonly kind: 'pane'; readonly id: PaneId; readonly width: number; readonly height: number }
  | { readonly kind: 'row' | 'column'; readonly areas: readonly Area[] };
export type PaneArea = Extract<Area, { readonly kind: 'pane' }>;

export const headerRows = 2;
export const footerRows = 1;

/** Rows of a text that lies over the page, below its title. */
export function overlayRows({ rows }: Model['size']): number {
  return Math.max(1, rows - headerRows - footerRows - 1);
}

/** Panes that can have the focus, in the order of Tab, by place. */
export function focusable(model: Model): readonly PaneId[] {
  switch (currentView(model).place) {
    case 'services':
      return ['services'];
    case 'service':
      return ['operations'];
    case 'traces':
      return model.role.errorsPane && currentView(model).operation === null ? ['traces', 'errors'] : ['traces'];
    case 'trace':
      return ['waterfall', 'span', 'traceLogs'];
    case 'logs':
      return ['logs'];
    case 'resources':
      return ['deployments', 'hosts', 'instances'];
    case 'anomalies':
      return isQuiet(model) ? ['incidents', 'predictions'] : ['incidents', 'anomalies', 'anomaly', 'predictions'];
  }
}

/** Neither incidents nor anomalies to show. */
function isQuiet({ panels }: Model): boolean {
  const { incidents = [], anomalies = [] } = panels.anomalies?.data ?? {};
  return incidents.length + anomalies.length === 0;
}

export function tooSmall({ size }: Model): boolean {
  return size.columns < smallestSize.columns || size.rows < smallestSize.rows;
}

/** Divides the body. What has no room as a pane of its own is reached with Tab. */
export function layoutOf(model: Model): Area {
  const width = model.size.columns;
  const height = Math.max(1, model.size.rows - headerRows - footerRows);
  const view = currentView(model);
  const alone = (id: PaneId): Area => ({ kind: 'pane', id, width, height });
  const place: Place = view.place;
  // One pane is enough to say that there is nothing yet.
  const totals = model.panels.totals?.data;
  if (totals !== undefined && totals.spans + totals.logs === 0) return alone(view.pane);
  switch (place) {
    case 'services': {
      const services = model.panels.services?.data.length ?? 0;
      if (services === 0) return alone('services');
      const list = services + listChrome;
      // Charts of the selected service take what the list leaves, and on a high screen their own share.
      const charts = Math.min(mostChartRows, Math.max(height - list, height >= 30 ? chartRows(height) : 0));
      return charts < 8
        ? alone('services')
        : stack(width, [
            ['services', height - charts],
            ['charts', charts],
          ]);
    }
    case 'service':
      return height >= 18
        ? stack(width, [
            ['charts', chartRows(height)],
            ['operations', height - chartRows(height)],
          ])
        : alone('operations');
    case 'traces': {
      if (!focusable(model).includes('errors')) return alone('traces');
      const errors = sized(model.panels.errors?.data.length ?? 0, 5, Math.min(14, Math.floor(height / 3)));
      return height >= 17
        ? stack(width, [
            ['traces', height - errors],
            ['errors', errors],
          ])
        : alone(view.pane);
    }
    case 'trace':
      return traceLayout(width, height, view.pane, model.panels.trace?.data.tree?.spans.length ?? 0);
    case 'logs': {
      const record = Math.min(14, Math.floor(height / 3));
      return height >= 27
        ? stack(width, [
            ['logs', height - record],
            ['record', record],
          ])
        : alone('logs');
    }
    case 'resources': {
      if (height < 18) return alone(view.pane);
      const { deployments: versions = [], instances = [] } = model.panels.resources?.data ?? {};
      const deployments = sized(versions.length, 4, Math.floor(height / 3));
      const hosts = sized(new Set(instances.map((i) => i.host)).size, 4, Math.floor((height - deployments) / 2.5));
      const rest = height - deployments - hosts;
      return stack(width, [
        ['deployments', deployments],
        ['hosts', hosts],
        ['instances', rest],
      ]);
    }
    case 'anomalies':
      return anomaliesLayout(model, width, height);
  }
}

/** Height of a pane for so many rows, a blank one below them, within bounds. */
function sized(rows: number, least: number, most: number): number {
  return Math.max(least, Math.min(rows + listChrome + 1, most));
}

/** Rows of a pane that are not rows of its list: its title, and the titles of the columns. */
const listChrome = 2;

/** Wide: span beside the waterfall, logs below both. Narrow: the waterfall, and below it what Tab has chosen. */
function traceLayout(width: number, height: number, focus: PaneId, spans: number): Area {
  const needed = spans + listChrome;
  if (width >= 130) {
    const side = Math.min(80, Math.floor(width / 3));
    const left = width - side - 1;
    const logs = height < 18 ? 0 : Math.max(6, Math.min(Math.floor(height / 2), height - needed));
    const above = height - logs;
    const top: Area = {
      kind: 'row',
      areas: [
        {
          kind: 'pane',
          id: logs === 0 && focus === 'traceLogs' ? 'traceLogs' : 'waterfall',
          width: left,
          height: above,
        },
        { kind: 'pane', id: 'span', width: side, height: above },
      ],
    };
    return logs === 0 ? top : { kind: 'column', areas: [top, { kind: 'pane', id: 'traceLogs', width, height: logs }] };
  }
  if (height < 18) return { kind: 'pane', id: focus, width, height };
  if (height < 34) {
    const waterfall = Math.max(8, Math.min(needed, height - 8));
    return stack(width, [
      ['waterfall', waterfall],
      [focus === 'traceLogs' ? 'traceLogs' : 'span', height - waterfall],
    ]);
  }
  const waterfall = Math.max(12, Math.min(needed, height - 22));
  return stack(width, [
    ['waterfall', waterfall],
    ['span', height - waterfall - 9],
    ['traceLogs', 9],
  ]);
}

/** Wide: details beside the lists. Else one upon the other, the details or the predictions in what is left. */
function anomaliesLayout(model: Model, width: number, height: number): Area {
  const { pane } = currentView(model);
  const { incidents = [], anomalies = [] } = model.panels.anomalies?.data ?? {};
  const known = model.panels.predictions?.data.predictions.length ?? 0;
  if (height < 18) {
    if (isQuiet(model) || pane === 'anomaly' || pane === 'predictions')
      return { kind: 'pane', id: pane, width, height };
    const upper = sized(incidents.length, 4, Math.floor(height / 2));
    return stack(width, [
      ['incidents', upper],
      ['anomalies', height - upper],
    ]);
  }
  if (isQuiet(model)) {
    const upper = Math.floor(height / 2);
    return stack(width, [
      ['incidents', upper],
      ['predictions', height - upper],
    ]);
  }
  const first = sized(incidents.length - (height < 30 ? 1 : 0), 4, Math.floor(height / 4));
  if (width >= 130) {
    const side = Math.min(100, Math.floor(width * 0.42));
    const left = width - side - 1;
    const predictions = sized(known, 5, Math.floor(height / 3));
    const above = height - predictions;
    const lists = stack(left, [
      ['incidents', first],
      ['anomalies', above - first],
    ]);
    const top: Area = { kind: 'row', areas: [lists, { kind: 'pane', id: 'anomaly', width: side, height: above }] };
    return { kind: 'column', areas: [top, { kind: 'pane', id: 'predictions', width, height: predictions }] };
  }
  const second = sized(anomalies.length - (height < 30 ? 1 : 0), 4, Math.floor(height / 4));
  const rest = height - first - second;
  const predictions = pane === 'predictions' ? rest - 4 : Math.min(sized(known, 4, Math.floor(height / 5)), rest - 6);
  return stack(width, [
    ['incidents', first],
    ['anomalies', second],
    ['anomaly', rest - predictions],
    ['predictions', predictions],
  ]);
}

/** Higher charts say no more. */
const mostChartRows = 30;

function chartRows(height: number): number {
  return Math.min(14, Math.max(8, Math.floor(height / 3)));
}

function stack(width: number, panes: readonly (readonly [PaneId, number])[]): Area {
  return { kind: 'column', areas: panes.map(([id, height]) => ({ kind: 'pane', id, width, height })) };
}

export function panesOf(area: Area): readonly PaneArea[] {
  return area.kind === 'pane' ? [area] : area.areas.flatMap(panesOf);
}

export function paneArea(model: Model, id: PaneId): PaneArea | undefined {
  return panesOf(layoutOf(model)).find((pane) => pane.id === id);
}

const withoutColumnTitles: readonly PaneId[] = ['span', 'record', 'charts', 'anomaly'];

/** Rows of a list that a pane shows: its height without its title and the titles of its columns. */
export function listRows(area: PaneArea): number {
  return Math.max(1, area.height - 1 - (withoutColumnTitles.includes(area.id) ? 0 : 1));
}
