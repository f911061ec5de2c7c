import { parseDuration } from '../../engine/domain/time-range.ts';
import {
  pageIds,
  roleLabel,
  RoleProblem,
  serviceSorts,
  traceSorts,
  type PageId,
  type Role,
  type ServiceSort,
  type TraceSort,
} from '../roles.ts';
import type { Model } from './model.ts';

/** What a line after `:` means. */
export type Command =
  | { readonly kind: 'page'; readonly page: PageId }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'trace'; readonly traceId: string }
  | { readonly kind: 'traceSort'; readonly sort: TraceSort }
  | { readonly kind: 'serviceSort'; readonly sort: ServiceSort }
  | { readonly kind: 'range'; readonly ms: number }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'wrong'; readonly problem: string };

const traceIdShape = /^[0-9a-f]{4,32}$/i;

/** The commands as help and docs list them. */
export const commandHelp: readonly (readonly [form: string, help: string])[] = [
  ['services, traces, logs, resources, anomalies', 'go to the page'],
  ['services burn|name|rate|errors|p95', 'go there in that order'],
  ['traces recent|slowest|errors', 'go there in that order'],
  ['service NAME, or NAME alone', 'open a service'],
  ['trace ID, or ID alone', 'open a trace; its first digits will do'],
  ['since 15m', 'change the time range (s, m, h, d)'],
  ['role NAME', 'change the role'],
  ['help, quit', 'as ? and q'],
];

export function parseCommand(line: string, model: Model): Command {
  const [word = '', ...rest] = line.trim().split(/\s+/);
  const argument = rest.join(' ');
  const page = pageIds.find((p) => p === word);
  if (page !== undefined) return pageCommand(page, argument);
  switch (word) {
    case 'service':
      return argument === '' ? wrong('service needs a name') : { kind: 'service', service: argument };
    case 'trace':
      return traceIdShape.test(argument)
        ? { kind: 'trace', traceId: argument.toLowerCase() }
        : wrong('trace needs an id of 4 to 32 hex digits');
    case 'since': {
      const ms = parseDuration(argument);
      return ms === null || ms < 1000 ? wrong('since needs a range such as 90s, 15m, 6h or 2d') : { kind: 'range', ms };
    }
    case 'role': {
      const role = model.roles.find((r) => r.name === argument)?.role;
      if (role === undefined) return wrong(`roles: ${model.roles.map(roleLabel).join(', ')}`);
      return role instanceof RoleProblem ? wrong(`${role.source}: ${role.message}`) : { kind: 'role', role };
    }
    case 'help':
      return { kind: 'help' };
    case 'q':
    case 'quit':
      return { kind: 'quit' };
  }
  if (knownServices(model).includes(line.trim())) return { kind: 'service', service: line.trim() };
  if (traceIdShape.test(word) && argument === '') return { kind: 'trace', traceId: word.toLowerCase() };
  return wrong(`no command "${line.trim()}": ? lists them`);
}

function pageCommand(page: PageId, argument: string): Command {
  if (argument === '') return { kind: 'page', page };
  if (page === 'traces') {
    const sort = traceSorts.find((s) => s === argument);
    return sort === undefined ? wrong(`traces can be sorted by ${traceSorts.join(', ')}`) : { kind: 'traceSort', sort };
  }
  if (page === 'services') {
    const sort = serviceSorts.find((s) => s === argument);
    return sort === undefined
      ? wrong(`services can be sorted by ${serviceSorts.join(', ')}`)
      : { kind: 'serviceSort', sort };
  }
  return wrong(`${page} takes no argument`);
}

function wrong(problem: string): Command {
  return { kind: 'wrong', problem };
}

/** Whole lines that what was typed may become. */
export function completions(typed: string, model: Model): readonly string[] {
  const lines = [
    ...pageIds,
    ...traceSorts.map((s) => `traces ${s}`),
    ...serviceSorts.map((s) => `services ${s}`),
    ...model.roles.filter((r) => !(r.role instanceof RoleProblem)).map((r) => `role ${r.name}`),
    ...['1m', '5m', '15m', '1h', '6h', '1d'].map((r) => `since ${r}`),
    ...knownServices(model).map((s) => `service ${s}`),
    ...(model.panels.traces?.data ?? []).slice(0, 50).map((t) => `trace ${t.traceId}`),
    'help',
    'quit',
  ];
  const start = typed.trimStart().toLowerCase();
  const begin = lines.filter((line) => line.toLowerCase().startsWith(start) && line !== typed);
  // A name alone completes to its command: `cart` → `service cart`.
  const within =
    start === '' ? [] : lines.filter((line) => line.split(' ')[1]?.toLowerCase().startsWith(start) === true);
  return [...new Set([...begin, ...within])];
}

function knownServices(model: Model): readonly string[] {
  const names = [
    ...(model.panels.services?.data ?? []).map((s) => s.service),
    ...(model.panels.traces?.data ?? []).map((t) => t.service),
    ...(model.panels.resources?.data.instances ?? []).map((i) => i.service),
  ];
  return [...new Set(names)].sort();
}
