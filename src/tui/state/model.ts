import type { Place } from '../keys.ts';
import type { PageId, Role, RoleEntry, ServiceSort, TraceSort } from '../roles.ts';
import type { Zone } from '../present/time.ts';
import type { PanelData, PanelId } from './data.ts';
import type { Explaining } from './explaining.ts';

export type PaneId =
  | 'services'
  | 'charts'
  | 'operations'
  | 'traces'
  | 'errors'
  | 'waterfall'
  | 'span'
  | 'traceLogs'
  | 'logs'
  | 'record'
  | 'deployments'
  | 'hosts'
  | 'instances'
  | 'incidents'
  | 'anomalies'
  | 'anomaly'
  | 'predictions';

/** Where one is in a list. The key is what counts: rows move, the selection stays with its row. */
export interface ListState {
  readonly key: string | null;
  /** Where the key was last, for when it goes away. */
  readonly index: number;
  readonly offset: number;
}

/** One level of the way down: what is shown, of whom, and where one was in it. */
export interface View {
  readonly place: Place;
  /** The service (service, traces, logs) or the trace id (trace) that it is about; null for all. */
  readonly subject: string | null;
  readonly operation: string | null;
  readonly filter: string;
  readonly pane: PaneId;
  readonly lists: { readonly [P in PaneId]?: ListState };
  readonly serviceSort: ServiceSort;
  readonly traceSort: TraceSort;
  /** Anomalies of all incidents and of none, in place of the selected incident's. */
  readonly allAnomalies: boolean;
  /** The range before this view was opened at a time that lay outside of it; going back restores it. */
  readonly rangeBefore: number | null;
}

export interface PanelState<P extends PanelId> {
  /** The request that `data` answers. */
  readonly key: string;
  readonly data: PanelData[P];
  readonly atMs: number;
}

/** `waiting` until the first answer; `away` names why, and since when. */
export type Link =
  | { readonly state: 'waiting' }
  | { readonly state: 'live' }
  | { readonly state: 'away'; readonly reason: string; readonly sinceMs: number };

export interface TextInput {
  readonly mode: 'filter' | 'command';
  readonly text: string;
  /** What the view was filtered by before; Esc restores it. */
  readonly before: string;
  /** Which completion Tab has put in, of the text that was typed; null while typing. */
  readonly completion: { readonly typed: string; readonly index: number } | null;
}

export interface Model {
  readonly endpoint: string;
  /** What an instrumented program must be told, for the state without data. */
  readonly otlpEndpoint: string;
  readonly zone: Zone;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly nowMs: number;
  readonly roles: readonly RoleEntry[];
  readonly role: Role;
  /** From `--service`; empty for all. */
  readonly services: readonly string[];
  readonly rangeMs: number;
  /** The way down from a page, which is the first; the last one is shown. Never empty. */
  readonly views: readonly [View, ...View[]];
  /** Pages as they were left. */
  readonly left: { readonly [P in PageId]?: View };
  readonly panels: { readonly [P in PanelId]?: PanelState<P> };
  /** What went wrong with a panel alone, while the engine answers others. */
  readonly problems: { readonly [P in PanelId]?: string };
  readonly link: Link;
  /** What the store held when the picture was stopped. */
  readonly paused: { readonly atMs: number; readonly records: number } | null;
  readonly input: TextInput | null;
  readonly help: { readonly offset: number } | null;
  readonly explaining: Explaining | null;
  /** A sentence for the footer until the next key. */
  readonly notice: string | null;
  /** Set when the program should end, to its exit code. */
  readonly exit: number | null;
}

export interface Options {
  readonly endpoint: string;
  readonly otlpEndpoint: string;
  readonly zone: Zone;
  readonly size: Model['size'];
  readonly nowMs: number;
  readonly roles: readonly RoleEntry[];
  readonly role: Role;
  readonly page: PageId | null;
  readonly services: readonly string[];
  readonly rangeMs: number;
}

export const smallestSize = { columns: 60, rows: 16 } as const;

const firstPane: Readonly<Record<Place, PaneId>> = {
  services: 'services',
  service: 'operations',
  traces: 'traces',
  trace: 'waterfall',
  logs: 'logs',
  resources: 'deployments',
  anomalies: 'incidents',
};

export function openView(role: Role, place: Place, about: Partial<Pick<View, 'subject' | 'operation'>> = {}): View {
  return {
    place,
    subject: about.subject ?? null,
    operation: about.operation ?? null,
    filter: '',
    pane: firstPane[place],
    lists: {},
    serviceSort: role.serviceSort,
    traceSort: role.traceSort,
    allAnomalies: false,
    rangeBefore: null,
  };
}

export function initialModel(options: Options): Model {
  const { page, ...rest } = options;
  return {
    ...rest,
    views: [openView(options.role, page ?? options.role.pages[0] ?? 'services')],
    left: {},
    panels: {},
    problems: {},
    link: { state: 'waiting' },
    paused: null,
    input: null,
    help: null,
    explaining: null,
    notice: null,
    exit: null,
  };
}

export function currentView(model: Model): View {
  return model.views.at(-1) ?? model.views[0];
}

/** The page at the root of the way down. */
export function currentPage(model: Model): PageId {
  const { place } = model.views[0];
  return place === 'service' ? 'services' : place === 'trace' ? 'traces' : place;
}

/** Services that a view is limited to: its own subject, else `--service`, else the role's. Empty for all. */
export function servicesOf(model: Model, view: View): readonly string[] {
  if (view.subject !== null && view.place !== 'trace') return [view.subject];
  return model.services.length > 0 ? model.services : model.role.services;
}
