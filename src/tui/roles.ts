import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const pageIds = ['services', 'traces', 'logs', 'resources', 'anomalies'] as const;
export type PageId = (typeof pageIds)[number];

export const traceSorts = ['recent', 'slowest', 'errors'] as const;
export type TraceSort = (typeof traceSorts)[number];

export const serviceSorts = ['burn', 'name', 'rate', 'errors', 'p95'] as const;
export type ServiceSort = (typeof serviceSorts)[number];

export const severities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type SeverityName = (typeof severities)[number];

/** The columns that a role may choose from and put in order, by table. */
export const columnIds = {
  services: [
    'service',
    'rate',
    'errors',
    'p50',
    'p95',
    'p99',
    'max',
    'trend',
    'rateChange',
    'errorChange',
    'p95Change',
    'calls',
    'seen',
  ],
  traces: ['time', 'service', 'operation', 'duration', 'spans', 'errors', 'services', 'status', 'trace'],
  logs: ['time', 'severity', 'service', 'body', 'trace'],
  deployments: ['service', 'version', 'since', 'environment', 'previous', 'instances', 'rate', 'errors', 'errorChange'],
  instances: ['service', 'instance', 'host', 'version', 'environment', 'rate', 'errors', 'first', 'seen'],
} as const;
export type TableId = keyof typeof columnIds;
export type ColumnId<T extends TableId> = (typeof columnIds)[T][number];

export interface Threshold {
  readonly warn: number;
  readonly bad: number;
}

/** What one kind of user sees first, in which columns, and from where on a figure is worth a colour. */
export interface Role {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** In the order of the tabs; the first one is where `obs watch` starts. */
  readonly pages: readonly PageId[];
  /** Services that this role cares for; empty means all. `--service` comes before it. */
  readonly services: readonly string[];
  readonly serviceSort: ServiceSort;
  readonly traceSort: TraceSort;
  /** Show recent errors in groups under the traces. */
  readonly errorsPane: boolean;
  readonly minSeverity: SeverityName;
  readonly columns: { readonly [T in TableId]: readonly ColumnId<T>[] };
  readonly thresholds: {
    /** Share of calls, 0 to 1. */
    readonly errorRate: Threshold;
    /** Milliseconds. */
    readonly p95: Threshold;
    /** Growth of latency against the last hour; 0.5 is half as much again. */
    readonly growth: Threshold;
  };
}

export class RoleProblem extends Error {
  readonly source: string;
  constructor(source: string, problem: string) {
    super(problem);
    this.source = source;
  }
}

/** The roles that come with obs: two levels up from here, in the sources as in the bundle. */
export const shippedRoles = fileURLToPath(new URL('../../templates/roles', import.meta.url));

/** A role by its name; one that cannot be used is in the list with the reason, and in nobody's way. */
export interface RoleEntry {
  readonly name: string;
  readonly role: Role | RoleProblem;
}

/** Reads every role of the folders; a role of a later folder replaces one of the same name. */
export function listRoles(folders: readonly string[]): readonly RoleEntry[] {
  const entries = new Map<string, RoleEntry>();
  for (const folder of folders) {
    for (const file of yamlFiles(folder)) {
      const name = file.replace(/\.ya?ml$/, '');
      entries.set(name, { name, role: readRoleFile(join(folder, file), name) });
    }
  }
  return [...entries.values()];
}

/** `name`, with a mark when it cannot be used. */
export function roleLabel({ name, role }: RoleEntry): string {
  return role instanceof RoleProblem ? `${name} (broken)` : name;
}

function readRoleFile(path: string, name: string): Role | RoleProblem {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return new RoleProblem(path, error instanceof Error ? error.message : String(error));
  }
  try {
    return readRole(path, text, name);
  } catch (error) {
    if (error instanceof RoleProblem) return error;
    throw error;
  }
}

/** @throws RoleProblem naming the key that cannot be used and those that can */
export function readRole(source: string, text: string, name: string): Role {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new RoleProblem(source, error instanceof Error ? error.message : String(error));
  }
  const root = new Fields(source, '', value, roleKeys);
  const columns = root.child('columns', Object.keys(columnIds));
  const thresholds = root.child('thresholds', ['errorRate', 'p95', 'growth']);
  return {
    name,
    title: root.text('title'),
    summary: root.text('summary'),
    pages: root.words('pages', pageIds),
    services: root.texts('services'),
    serviceSort: root.word('serviceSort', serviceSorts),
    traceSort: root.word('traceSort', traceSorts),
    errorsPane: root.flag('errorsPane'),
    minSeverity: root.word('minSeverity', severities),
    columns: {
      services: columns.words('services', columnIds.services),
      traces: columns.words('traces', columnIds.traces),
      logs: columns.words('logs', columnIds.logs),
      deployments: columns.words('deployments', columnIds.deployments),
      instances: columns.words('instances', columnIds.instances),
    },
    thresholds: {
      errorRate: thresholds.threshold('errorRate'),
      p95: thresholds.threshold('p95'),
      growth: thresholds.threshold('growth'),
    },
  };
}

const roleKeys: readonly (keyof Role)[] = [
  'title',
  'summary',
  'pages',
  'services',
  'serviceSort',
  'traceSort',
  'errorsPane',
  'minSeverity',
  'columns',
  'thresholds',
];

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch {
    return [];
  }
}

/** One mapping, which has the given keys and no others. */
class Fields {
  readonly #source: string;
  readonly #path: string;
  readonly #values: Map<string, unknown>;

  constructor(source: string, path: string, value: unknown, keys: readonly string[]) {
    this.#source = source;
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const what = path === '' ? 'the file' : path.slice(0, -1);
      throw new RoleProblem(source, `${what} must be a mapping with the keys ${keys.join(', ')}`);
    }
    this.#values = new Map(Object.entries(value));
    const unknown = [...this.#values.keys()].find((key) => !keys.includes(key));
    if (unknown === undefined) return;
    const within = path === '' ? 'a role' : path.slice(0, -1);
    throw new RoleProblem(
      source,
      `${path}${unknown} is no key of a role: the keys of ${within} are ${keys.join(', ')}`,
    );
  }

  text(key: string): string {
    const value = this.#values.get(key);
    return typeof value === 'string' ? value : this.#fail(key, value, 'a text');
  }

  flag(key: string): boolean {
    const value = this.#values.get(key);
    return typeof value === 'boolean' ? value : this.#fail(key, value, 'true or false');
  }

  texts(key: string): readonly string[] {
    const value = this.#values.get(key);
    if (Array.isArray(value) && value.every((v) => typeof v === 'string')) return value;
    return this.#fail(key, value, 'a list of texts');
  }

  word<W extends string>(key: string, allowed: readonly W[]): W {
    const value = this.#values.get(key);
    return allowed.find((w) => w === value) ?? this.#fail(key, value, `one of ${allowed.join(', ')}`);
  }

  words<W extends string>(key: string, allowed: readonly W[]): readonly W[] {
    const value = this.#values.get(key);
    if (!Array.isArray(value) || value.length === 0) return this.#fail(key, value, `a list of ${allowed.join(', ')}`);
    const words = value.map(
      (v: unknown) => allowed.find((w) => w === v) ?? this.#fail(key, v, `of ${allowed.join(', ')}`),
    );
    return new Set(words).size === words.length ? words : this.#fail(key, value, 'a list that names each one once');
  }

  threshold(key: string): Threshold {
    const fields = this.child(key, ['warn', 'bad']);
    const threshold = { warn: fields.#number('warn'), bad: fields.#number('bad') };
    if (threshold.warn > threshold.bad) return this.#fail(key, threshold.warn, 'warn at most as high as bad');
    return threshold;
  }

  child(key: string, keys: readonly string[]): Fields {
    return new Fields(this.#source, `${this.#path}${key}.`, this.#values.get(key), keys);
  }

  #number(key: string): number {
    const value = this.#values.get(key);
    return typeof value === 'number' && value >= 0 ? value : this.#fail(key, value, 'a number of 0 or more');
  }

  #fail(key: string, value: unknown, wanted: string): never {
    const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    throw new RoleProblem(this.#source, `${this.#path}${key} ${found}: it must be ${wanted}`);
  }
}
