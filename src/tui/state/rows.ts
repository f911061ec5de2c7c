import { incidentRows, predictionsNow, shownAnomalies } from './anomaly-rows.ts';
import type { PanelData, PanelId } from './data.ts';
import { requestKey } from './data.ts';
import { listOf, selectedIndex } from './lists.ts';
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
      return traceRows(answerFor(model, 'traces', pane) ?? none, view.filter, model.role);
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
    case 'incidents':
      return incidentRows(answerFor(model, 'anomalies', pane)?.incidents ?? none, view.filter);
    case 'anomalies':
      return shownAnomalies(answerFor(model, 'anomalies', pane), view);
    case 'predictions':
      return answerFor(model, 'predictions', pane) === undefined ? none : predictionsNow(model, view);
    case 'span':
    case 'anomaly':
    case 'charts':
      return none;
  }
}

/** Logs are read from the end, and their list stays there until somebody goes up. */
export function isTail(pane: PaneId): boolean {
  return pane === 'logs' || pane === 'record';
}

/** Panes of text rather than rows, which scroll; each tells of the selected row of a list. */
export function isText(pane: PaneId): boolean {
  return pane === 'span' || pane === 'anomaly';
}

/** The list whose selection a pane shows: the record below the logs is that of the selected log. */
export function listPane(pane: PaneId): PaneId {
  return pane === 'record' ? 'logs' : pane === 'span' ? 'waterfall' : pane === 'anomaly' ? 'anomalies' : pane;
}

/** The row that is selected in a pane. */
export function selected(model: Model, pane: PaneId): Row<unknown> | undefined {
  const rows = rowsOf(model, pane);
  return rows[selectedIndex(listOf(currentView(model), pane), rows, isTail(pane))];
}
