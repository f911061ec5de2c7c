import type { Action } from '../keys.ts';
import { serviceSorts, traceSorts } from '../roles.ts';
import { explain } from './explaining.ts';
import { focusable, listRows, paneArea } from './layout.ts';
import { listOf, noList, selectedIndex, withSelection, type Keyed } from './lists.ts';
import { currentView, type Model, type PaneId, type View } from './model.ts';
import { goTo, pageNumbered, pop, withView } from './navigate.ts';
import { open, openLogs } from './open.ts';
import type { Row } from './row-lists.ts';
import { isTail, isText, listPane, rowsOf } from './rows.ts';
import { isRed } from './why.ts';

/** What an action does to the state; `text` input and help have been served before. */
export function act(model: Model, action: Action): Model {
  const view = currentView(model);
  switch (action) {
    case 'down':
      return move(model, (index) => index + 1);
    case 'up':
      return move(model, (index) => index - 1);
    case 'halfDown':
      return move(model, (index, rows) => index + half(rows));
    case 'halfUp':
      return move(model, (index, rows) => index - half(rows));
    case 'top':
      return move(model, () => 0);
    case 'bottom':
      return isTail(view.pane) ? setList(model, view.pane, noList) : move(model, (_, __, count) => count - 1);
    case 'nextMatch':
      return seek(model, 1, (row) => row.isMatch || view.filter === '');
    case 'previousMatch':
      return seek(model, -1, (row) => row.isMatch || view.filter === '');
    case 'nextError':
      return seek(model, 1, (row) => row.isError);
    case 'previousError':
      return seek(model, -1, (row) => row.isError);
    case 'open':
      return isRed(model, view) ? explain(model) : open(model, view);
    case 'drill':
      return open(model, view);
    case 'explain':
      return explain(model);
    case 'back':
      return view.filter === '' ? pop(model) : withView(model, { filter: '' });
    case 'nextPane':
      return focus(model, 1);
    case 'previousPane':
      return focus(model, -1);
    case 'sort':
      return sort(model, view);
    case 'all':
      return view.place === 'anomalies'
        ? withView(model, {
            allAnomalies: !view.allAnomalies,
            lists: { ...view.lists, anomalies: noList, anomaly: noList },
          })
        : model;
    case 'logs':
      return openLogs(model, view);
    case 'pause':
      return { ...model, paused: model.paused === null ? { atMs: model.nowMs, records: recordsIn(model) } : null };
    case 'filter':
      return { ...model, input: { mode: 'filter', text: view.filter, before: view.filter, completion: null } };
    case 'command':
      return { ...model, input: { mode: 'command', text: '', before: '', completion: null } };
    case 'help':
      return { ...model, help: { offset: 0 } };
    case 'page1':
    case 'page2':
    case 'page3':
    case 'page4':
    case 'page5': {
      const page = pageNumbered(model, Number(action.slice(4)));
      return page === undefined ? model : goTo(model, page);
    }
    case 'quit':
      return { ...model, exit: 0 };
    case 'interrupt':
      return { ...model, exit: 130 };
  }
}

export function recordsIn(model: Model): number {
  const totals = model.panels.totals?.data;
  return totals === undefined ? 0 : totals.spans + totals.logs;
}

/** Pages of text rather than lists: their rows are lines, and what moves is the window. */
export const maxScroll = 10_000;

function move(model: Model, to: (index: number, height: number, count: number) => number): Model {
  const { pane } = currentView(model);
  const area = paneArea(model, pane);
  if (area === undefined) return model;
  const height = listRows(area);
  const list = listOf(currentView(model), pane);
  if (isText(pane)) {
    const offset = Math.max(0, Math.min(maxScroll, to(list.offset, height, maxScroll)));
    return setList(model, pane, { ...list, offset });
  }
  const rows = rowsOf(model, pane);
  const from = selectedIndex(list, rows, isTail(pane));
  return from === -1 ? model : select(model, pane, rows, to(from, height, rows.length), height);
}

function select(model: Model, pane: PaneId, rows: readonly Keyed[], index: number, height: number): Model {
  // At the end of a tail the list follows what arrives.
  if (isTail(pane) && index >= rows.length - 1) return setList(model, pane, noList);
  const list = listOf(currentView(model), pane);
  const start = list.key === null && isTail(pane) ? { ...list, offset: Math.max(0, rows.length - height) } : list;
  const chosen = setList(model, pane, withSelection(start, rows, index, height));
  // Details of another row start at their top.
  switch (pane) {
    case 'waterfall':
      return setList(chosen, 'span', noList);
    case 'incidents':
      return setList(setList(chosen, 'anomalies', noList), 'anomaly', noList);
    case 'anomalies':
      return setList(chosen, 'anomaly', noList);
    default:
      return chosen;
  }
}

function setList(model: Model, pane: PaneId, list: View['lists'][PaneId] & {}): Model {
  return withView(model, { lists: { ...currentView(model).lists, [pane]: list } });
}

function half(height: number): number {
  return Math.max(1, Math.floor(height / 2));
}

function seek(model: Model, step: 1 | -1, wanted: (row: Row<unknown>) => boolean): Model {
  const { pane: focused } = currentView(model);
  const pane = isText(focused) ? listPane(focused) : focused;
  const rows = rowsOf(model, pane);
  const from = selectedIndex(listOf(currentView(model), pane), rows, isTail(pane));
  for (let i = 1; i <= rows.length; i++) {
    const index = (from + step * i + rows.length * 2) % rows.length;
    const row = rows[index];
    if (row === undefined || !wanted(row)) continue;
    const area = paneArea(model, pane);
    return select(model, pane, rows, index, area === undefined ? 1 : listRows(area));
  }
  return { ...model, notice: rows.length === 0 ? 'Nothing here yet' : 'No other one in this list' };
}

function focus(model: Model, step: 1 | -1): Model {
  const panes = focusable(model);
  const at = panes.indexOf(currentView(model).pane);
  return withView(model, { pane: panes[(at + step + panes.length) % panes.length] ?? currentView(model).pane });
}

function sort(model: Model, view: View): Model {
  if (view.place === 'services') {
    const next = serviceSorts[(serviceSorts.indexOf(view.serviceSort) + 1) % serviceSorts.length] ?? 'burn';
    return withView(model, { serviceSort: next, lists: {} });
  }
  if (view.place === 'traces') {
    const next = traceSorts[(traceSorts.indexOf(view.traceSort) + 1) % traceSorts.length] ?? 'recent';
    return withView(model, { traceSort: next, lists: {} });
  }
  return model;
}
