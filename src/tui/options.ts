import { dirname, join } from 'node:path';
import { BadInput, ConfigInvalid } from '../engine/domain/errors.ts';
import { parseDuration } from '../engine/domain/time-range.ts';
import type { Zone } from './present/time.ts';
import {
  listRoles,
  pageIds,
  roleLabel,
  RoleProblem,
  shippedRoles,
  type PageId,
  type Role,
  type RoleEntry,
} from './roles.ts';
import { smallestSize, type Model } from './state/model.ts';

/** What the command line of `obs watch` said. */
export interface WatchFlags {
  readonly role: string;
  readonly page: string | undefined;
  readonly services: readonly string[];
  readonly since: string;
  readonly interval: string;
  /** `100x30`; undefined: the terminal's, else COLUMNS and LINES, else 80x24. */
  readonly size: string | undefined;
  readonly utc: boolean;
}

export interface WatchSettings {
  readonly role: Role;
  readonly roles: readonly RoleEntry[];
  readonly page: PageId | null;
  readonly services: readonly string[];
  readonly rangeMs: number;
  readonly intervalMs: number;
  readonly size: Model['size'];
  readonly zone: Zone;
}

const shortestIntervalMs = 100;
const largestSize = 1000;

/**
 * @param configFile where `obs.yaml` of the user lies; the user's roles are in `roles/` beside it
 * @throws BadInput, ConfigInvalid
 */
export function readSettings(
  flags: WatchFlags,
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
  terminal: { readonly columns?: number; readonly rows?: number },
): WatchSettings {
  const roles = listRoles([shippedRoles, join(dirname(configFile), 'roles')]);
  const role = chosenRole(roles, flags.role, join(dirname(configFile), 'roles'));
  const page = flags.page === undefined ? null : (pageIds.find((p) => p === flags.page) ?? badPage(flags.page));
  return {
    role,
    roles,
    page,
    services: flags.services,
    rangeMs: readSpan('--since', flags.since, 1000, '--since 15m'),
    intervalMs: readSpan('--interval', flags.interval, shortestIntervalMs, '--interval 1s'),
    size: readSize(flags.size, env, terminal),
    zone: flags.utc ? 'utc' : 'local',
  };
}

function chosenRole(roles: readonly RoleEntry[], name: string, ownRoles: string): Role {
  const role = roles.find((entry) => entry.name === name)?.role;
  if (role === undefined) {
    throw new BadInput({
      what: `There is no role "${name}"`,
      why: `the roles are ${roles.map(roleLabel).join(', ')}`,
      hint: `Put your own into ${join(ownRoles, `${name}.yaml`)}`,
    });
  }
  if (role instanceof RoleProblem) throw new ConfigInvalid({ source: role.source, problem: role.message });
  return role;
}

/** @throws BadInput when a frame of that size shows nothing; a live screen waits for a bigger terminal instead */
export function checkFrameSize({ columns, rows }: Model['size']): void {
  if (columns >= smallestSize.columns && rows >= smallestSize.rows) return;
  const least = `${smallestSize.columns}x${smallestSize.rows}`;
  throw new BadInput({
    what: `A frame of ${columns}x${rows} is too small`,
    why: `obs watch needs ${least}`,
    hint: `--size ${least} or more`,
  });
}

function badPage(page: string): never {
  throw new BadInput({
    what: `There is no page "${page}"`,
    why: `the pages are ${pageIds.join(', ')}`,
    hint: '--page services',
  });
}

function readSpan(flag: string, text: string, leastMs: number, hint: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms >= leastMs) return ms;
  const why = ms === null ? 'it is no span of time' : `it is shorter than ${leastMs} ms`;
  throw new BadInput({ what: `Cannot use ${flag} ${text}`, why, hint });
}

function readSize(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  terminal: { readonly columns?: number; readonly rows?: number },
): Model['size'] {
  if (flag !== undefined) {
    const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(flag) ?? [];
    const size = { columns: Number(columns), rows: Number(rows) };
    if (size.columns > 0 && size.rows > 0 && size.columns <= largestSize && size.rows <= largestSize) return size;
    throw new BadInput({
      what: `Cannot use --size ${flag}`,
      why: 'it is not of the form COLUMNSxROWS',
      hint: '--size 100x30',
    });
  }
  return {
    columns: positive(terminal.columns) ?? positive(Number(env['COLUMNS'])) ?? 80,
    rows: positive(terminal.rows) ?? positive(Number(env['LINES'])) ?? 24,
  };
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value > 0 && value <= largestSize ? value : undefined;
}
