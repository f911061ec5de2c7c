import type { PanelData, PanelId, PanelRequest } from '../state/data.ts';
import { alarmPanel, anomaliesPanel } from './anomalies.ts';
import { logsPanel, traceLogsPanel } from './logs.ts';
import type { Panel } from './panel.ts';
import { predictionsPanel } from './predictions.ts';
import { resourcesPanel } from './resources.ts';
import { seriesPanel } from './series.ts';
import { servicePanel } from './service.ts';
import { servicesPanel } from './services.ts';
import { totalsPanel } from './totals.ts';
import { tracePanel } from './trace.ts';
import { errorsPanel, tracesPanel } from './traces.ts';

export type AnyPanel = Panel<PanelId>;

/** How a request is answered at this moment. */
export function panelFor(request: PanelRequest, nowMs: number): AnyPanel {
  switch (request.id) {
    case 'totals':
      return totalsPanel();
    case 'services':
      return servicesPanel(request, nowMs);
    case 'service':
      return servicePanel(request, nowMs);
    case 'traces':
      return tracesPanel(request, nowMs);
    case 'errors':
      return errorsPanel(request, nowMs);
    case 'trace':
      return tracePanel(request);
    case 'traceLogs':
      return traceLogsPanel(request);
    case 'logs':
      return logsPanel(request, nowMs);
    case 'resources':
      return resourcesPanel(request, nowMs);
    case 'alarm':
      return alarmPanel(request, nowMs);
    case 'anomalies':
      return anomaliesPanel(request, nowMs);
    case 'predictions':
      return predictionsPanel(request, nowMs);
    case 'series':
      return seriesPanel(request, nowMs);
  }
}

/** How often a panel is asked for, as multiples of `--interval`: what costs more, or changes less, comes less often. */
export const cadence: Readonly<Record<keyof PanelData, number>> = {
  totals: 1,
  services: 1,
  service: 1,
  traces: 1,
  errors: 2,
  trace: 2,
  traceLogs: 2,
  logs: 1,
  resources: 5,
  alarm: 5,
  anomalies: 2,
  predictions: 20,
  series: 5,
};

/** Panels whose rows only change when records arrive: they wait for the totals to move, but no longer than this. */
export const atLeastEveryMs = 10_000;
export const movesWithTotals: ReadonlySet<PanelId> = new Set([
  'services',
  'service',
  'traces',
  'errors',
  'trace',
  'traceLogs',
  'logs',
  'resources',
] as const);
