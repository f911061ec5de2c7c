import type { PanelRequest } from './data.ts';
import { requestKey } from './data.ts';
import { layoutOf, panesOf } from './layout.ts';
import { currentView, servicesOf, type Model, type PaneId, type View } from './model.ts';
import { listOf, selectedKey, type Keyed } from './lists.ts';
import { serviceRows } from './row-lists.ts';

/** The panels that the picture needs now. Nothing else is asked of the engine; when paused, only what is missing. */
export function wantedPanels(model: Model): readonly PanelRequest[] {
  const totals: PanelRequest = { id: 'totals' };
  if (model.help !== null) return [totals];
  const requests = [...new Set(shownPanes(model))].flatMap((pane) => requestOf(model, currentView(model), pane) ?? []);
  const distinct = [...new Map(requests.map((r) => [requestKey(r), r])).values()];
  return [
    totals,
    ...(model.paused === null ? distinct : distinct.filter((r) => answerKey(model, r) !== requestKey(r))),
  ];
}

function shownPanes(model: Model): readonly PaneId[] {
  return panesOf(layoutOf(model)).map((pane) => pane.id);
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
  }
}

/** A trace may have been asked for by its first digits; its spans then tell the whole id. */
function wholeTraceId(model: Model, asked: string): string {
  const found = model.panels.trace?.data.traceId ?? '';
  return found.startsWith(asked) ? found : asked;
}

function shownServices(model: Model, view: View): readonly Keyed[] {
  return serviceRows(model.panels.services?.data ?? [], view.filter, view.serviceSort, model.role);
}
