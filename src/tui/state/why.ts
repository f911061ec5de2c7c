import type { Question } from '../../engine/explain/question.ts';
import type { IncidentRow } from './anomaly-data.ts';
import type { ErrorGroup, LogRow, OperationRow } from './data.ts';
import { currentView, type Model, type View } from './model.ts';
import { wholeTraceId } from './requests.ts';
import type { HostRow } from './row-lists.ts';
import { isText, listPane, selected } from './rows.ts';

export interface Asked {
  readonly question: Question;
  /** Whom or what it is about, and which time, in a few words; names in it come from telemetry. */
  readonly about: string;
}

/** A service is asked about over the range of the page, within these bounds: less tells little, more takes long. */
export const leastAskedMs = 10 * 60_000;
export const mostAskedMs = 3_600_000;

/** Whether Enter explains the selected row: it has a `✗`, and tells of what is, not of what may come. */
export function isRed(model: Model, view: View): boolean {
  return view.pane !== 'predictions' && selected(model, view.pane)?.isError === true;
}

/** What can be asked of the selected row; null where nothing can. */
export function questionOf(model: Model): Asked | null {
  const view = currentView(model);
  if (view.place === 'trace') return view.subject === null ? null : aboutTrace(wholeTraceId(model, view.subject));
  const pane = isText(view.pane) ? listPane(view.pane) : view.pane;
  const row = selected(model, pane);
  if (row === undefined) return null;
  switch (pane) {
    case 'services':
      return aboutServices(model, [row.key], row.key);
    case 'operations': {
      const { operation } = row.data as OperationRow;
      return aboutServices(model, [view.subject ?? ''], `${operation} of ${view.subject}`, { operation });
    }
    case 'errors': {
      const { service, operation, lastMs } = row.data as ErrorGroup;
      return aboutServices(model, [service], `${operation} of ${service}`, { operation, atMs: lastMs });
    }
    case 'traces':
      return aboutTrace(row.key);
    case 'logs':
    case 'record': {
      const { traceId, service, atMs } = row.data as LogRow;
      return traceId === '' ? aboutServices(model, [service], service, { atMs }) : aboutTrace(traceId);
    }
    case 'deployments':
    case 'instances': {
      const { service } = row.data as { readonly service: string };
      return aboutServices(model, [service], service);
    }
    case 'hosts':
      return aboutServices(model, (row.data as HostRow).services, `services of ${row.key}`);
    case 'incidents':
    case 'anomalies': {
      const { summary } = row.data as Pick<IncidentRow, 'summary'>;
      return { question: { ask: pane === 'incidents' ? 'incident' : 'anomaly', id: row.key }, about: summary };
    }
    default:
      return null;
  }
}

function aboutTrace(traceId: string): Asked {
  return { question: { ask: 'trace', traceId }, about: `trace ${traceId.slice(0, 8)}` };
}

/** @param more `atMs`: when it was last seen; where that is long ago, the time that is asked about ends then */
function aboutServices(
  { nowMs, paused, rangeMs }: Model,
  services: readonly string[],
  about: string,
  { operation, atMs }: { readonly operation?: string; readonly atMs?: number } = {},
): Asked {
  // A picture that is held is asked about as it is.
  const seenMs = paused?.atMs ?? nowMs;
  const askedMs = Math.max(leastAskedMs, Math.min(mostAskedMs, rangeMs));
  const isLongAgo = atMs !== undefined && seenMs - atMs >= askedMs;
  const toMs = isLongAgo ? atMs + 60_000 : seenMs;
  const named = services.filter((name) => name !== '');
  const minutes = Math.round(askedMs / 60_000);
  return {
    question: {
      ask: 'range',
      range: { fromMs: toMs - askedMs, toMs },
      ...(named.length === 0 ? {} : { services: named }),
      ...(operation === undefined ? {} : { operation }),
    },
    about: `${about}, ${isLongAgo ? `the ${minutes} min before it` : `last ${minutes} min`}`,
  };
}
