import type { LogRow, OperationRow, TraceRow } from './data.ts';
import { openView, type Model, type View } from './model.ts';
import { goTo, push, withView } from './navigate.ts';
import { openSubject } from './open-subject.ts';
import { selected } from './rows.ts';

/** Enter: service → its operations → their traces → waterfall → details of the span. */
export function open(model: Model, view: View): Model {
  const { role } = model;
  if (view.pane === 'waterfall') return withView(model, { pane: 'span' });
  if (view.pane === 'span') return withView(model, { pane: 'waterfall' });
  if (view.place === 'anomalies') return openSubject(model, view, 'service');
  const row = selected(model, view.pane);
  if (row === undefined) return model;
  switch (view.pane) {
    case 'services':
      return push(model, openView(role, 'service', { subject: row.key }));
    case 'operations': {
      const { operation, errors } = row.data as OperationRow;
      const traces = openView(role, 'traces', { subject: view.subject, operation });
      // Traces with errors of an operation that has none would be an empty page.
      const traceSort = errors === 0 && traces.traceSort === 'errors' ? 'slowest' : traces.traceSort;
      return push(model, { ...traces, traceSort });
    }
    case 'traces':
    case 'errors':
    case 'traceLogs':
    case 'logs':
      return openTrace(model, row.data as TraceRow | LogRow, view);
    case 'deployments':
    case 'instances':
      return push(model, openView(role, 'service', { subject: (row.data as { service: string }).service }));
    case 'hosts':
      return withView(model, { filter: row.key, pane: 'instances' });
    default:
      return model;
  }
}

function openTrace(model: Model, { traceId, ...rest }: TraceRow | LogRow, view: View): Model {
  const spanId = 'spanId' in rest ? rest.spanId : '';
  if (traceId === '') return { ...model, notice: 'This record has no trace id' };
  const list = { key: spanId === '' ? null : spanId, index: 0, offset: 0 };
  if (view.place === 'trace') return withView(model, { pane: 'waterfall', lists: { ...view.lists, waterfall: list } });
  return push(model, { ...openView(model.role, 'trace', { subject: traceId }), lists: { waterfall: list } });
}

/** `l`: logs of the service or trace that is selected. */
export function openLogs(model: Model, view: View): Model {
  if (view.place === 'trace') return withView(model, { pane: 'traceLogs' });
  if (view.place === 'logs' || view.place === 'resources') return goTo(model, 'logs');
  if (view.place === 'anomalies') return openSubject(model, view, 'logs');
  const row = selected(model, view.pane);
  if (view.place === 'traces') {
    if (row === undefined) return model;
    const trace = openTrace(model, row.data as TraceRow, view);
    return withView(trace, { pane: 'traceLogs' });
  }
  const service = view.place === 'services' ? row?.key : view.subject;
  return service === undefined || service === null
    ? model
    : push(model, openView(model.role, 'logs', { subject: service }));
}
