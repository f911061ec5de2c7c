import type { PanelData, PanelId } from './data.ts';
import { requestKey } from './data.ts';
import { currentView, type Model, type PaneId } from './model.ts';
import { requestOf } from './requests.ts';
import {
  deploymentRows,
  errorRows,
  hostRows,
  instanceRows,
  logRows,
  operationRows,
  serviceRows,
  spanRows,
  traceRows,
  type Row,
} from './row-lists.ts';

const none: readonly never[] = [];

/** The answer to what the pane asks for now; undefined while it is on its way. */
export function answerFor<P extends PanelId>(model: Model, id: P, pane: PaneId): PanelData[P] | undefined {
  const request = requestOf(model, currentView(model), pane);
  const panel = model.panels[id];
  return request !== null && panel !== undefined && panel.key === requestKey(request) ? panel.data : undefined;
}

export function rowsOf(model: Model, pane: PaneId): readonly Row<unknown>[] {
  const view = currentView(model);
  switch (pane) {
    case 'services':
      return serviceRows(answerFor(model, 'services', pane) ?? none, view.filter, view.serviceSort, model.role);
    case 'operations':
      return operationRows(answerFor(model, 'service', pane)?.operations ?? none, view.filter, model.role);
    case 'traces':
      return traceRows(answerFor(model, 'traces', pane) ?? none, view.filter);
    case 'errors':
      return errorRows(answerFor(model, 'errors', pane) ?? none, view.filter);
    case 'waterfall':
      return spanRows(answerFor(model, 'trace', pane), view.filter);
    case 'traceLogs':
      return logRows(answerFor(model, 'traceLogs', pane) ?? none, '');
    case 'logs':
    case 'record':
      return logRows(answerFor(model, 'logs', pane) ?? none, view.filter);
    case 'deployments':
      return deploymentRows(answerFor(model, 'resources', pane)?.deployments ?? none, view.filter, model.role);
    case 'hosts':
      return hostRows(answerFor(model, 'resources', pane)?.instances ?? none, view.filter, model.role);
    case 'instances':
      return instanceRows(answerFor(model, 'resources', pane)?.instances ?? none, view.filter, model.role);
    case 'span':
    case 'charts':
      return none;
  }
}

/** Logs are read from the end, and their list stays there until somebody goes up. */
export function isTail(pane: PaneId): boolean {
  return pane === 'logs' || pane === 'record';
}

/** The list whose selection a pane shows: the record below the logs is that of the selected log. */
export function listPane(pane: PaneId): PaneId {
  return pane === 'record' ? 'logs' : pane === 'span' ? 'waterfall' : pane;
}
