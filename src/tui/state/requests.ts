import { chosenAnomaly, seriesOf } from './anomaly-rows.ts';
import type { PanelRequest } from './data.ts';
import { requestKey } from './data.ts';
import { layoutOf, panesOf } from './layout.ts';
import { currentView, servicesOf, type Model, type PaneId, type View } from './model.ts';
import { listOf, selectedKey, type Keyed } from './lists.ts';
import { serviceRows } from './row-lists.ts';

/**
 * The panels that the picture needs now. Nothing else is asked of the engine; when paused, only what is missing. How much
 * there is, and whether something is wrong, is always asked: a picture that is held must not hide an incident.
 */
export function wantedPanels(model: Model): readonly PanelRequest[] {
  const always: readonly PanelRequest[] = [
    { id: 'totals' },
    { id: 'alarm', services: model.services.length > 0 ? model.services : model.role.services },
  ];
  if (model.help !== null || model.explaining !== null) return always;
  const requests = [...new Set(shownPanes(model))].flatMap((pane) => requestOf(model, currentView(model), pane) ?? []);
  const distinct = [...new Map(requests.map((r) => [requestKey(r), r])).values()];
  return [
    ...always,
    ...(model.paused === null ? distinct : distinct.filter((r) => answerKey(model, r) !== requestKey(r))),
  ];
}

function shownPanes(model: Model): readonly PaneId[] {
  const panes = panesOf(layoutOf(model)).map((pane) => pane.id);
  // Details of an anomaly are drawn from the list, whether that has room or not.
  return panes.includes('anomaly') ? ['anomalies', ...panes] : panes;
}

function answerKey(model: Model, request: PanelRequest): string | undefined {
  return model.panels[request.id]?.key;
}

/** What fills a pane. */
export function requestOf(model: Model, view: View, pane: PaneId): PanelRequest | null {
  const { rangeMs } = model;
  const services = servicesOf(model, view);
  switch (pane) {
    case 'services':
      return { id: 'services', rangeMs, services };
    case 'operations':
      return view.subject === null ? null : { id: 'service', rangeMs, service: view.subject };
    case 'charts': {
      const service = view.subject ?? selectedKey(listOf(view, 'services'), shownServices(model, view));
      return service === null ? null : { id: 'service', rangeMs, service };
    }
    case 'traces':
      return { id: 'traces', rangeMs, services, operation: view.operation, sort: view.traceSort };
    case 'errors':
      return { id: 'errors', rangeMs, services };
    case 'waterfall':
    case 'span':
      return view.subject === null ? null : { id: 'trace', traceId: view.subject };
    case 'traceLogs':
      return view.subject === null ? null : { id: 'traceLogs', traceId: wholeTraceId(model, view.subject) };
    case 'logs':
    case 'record':
      // A filter that is still being typed works on the rows at hand; the engine gets it with Enter.
      return {
        id: 'logs',
        rangeMs,
        services,
        minSeverity: model.role.minSeverity,
        search: model.input?.mode === 'filter' ? model.input.before : view.filter,
      };
    case 'deployments':
    case 'hosts':
    case 'instances':
      return { id: 'resources', rangeMs, services };
    case 'incidents':
    case 'anomalies':
      return { id: 'anomalies', rangeMs, services };
    case 'predictions':
      return { id: 'predictions', services };
    case 'anomaly':
      return seriesRequest(model, view);
  }
}

/** The series of the selected anomaly, around it. */
function seriesRequest(model: Model, view: View): PanelRequest | null {
  const anomaly = chosenAnomaly(model.panels.anomalies?.data, view);
  const carrier = anomaly === null ? undefined : seriesOf(anomaly);
  if (anomaly === null || carrier === undefined) return null;
  const { kind, service, subject, feature } = carrier;
  const { startMs, endMs } = anomaly;
  return { id: 'series', series: { kind, service, subject, feature }, startMs, endMs };
}

/** A trace may have been asked for by its first digits; its spans then tell the whole id. */
export function wholeTraceId(model: Model, asked: string): string {
  const found = model.panels.trace?.data.traceId ?? '';
  return found.startsWith(asked) ? found : asked;
}

function shownServices(model: Model, view: View): readonly Keyed[] {
  return serviceRows(model.panels.services?.data ?? [], view.filter, view.serviceSort, model.role);
}
