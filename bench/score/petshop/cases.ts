import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cellsOf } from '../../../src/engine/analyze/input/cells.ts';
import type { Link } from '../../../src/engine/cause/input.ts';

/** Of one node: requests in a row, mean latency and percentiles in seconds, availability in percent. NaN where empty. */
export type Metrics = Readonly<
  Partial<Record<'requests' | 'latency' | 'availability' | 'p50' | 'p90' | 'p95' | 'p99', Float64Array>>
>;

export interface NodeRows {
  /** Unix seconds of each row's begin. */
  readonly times: Float64Array;
  readonly nodes: ReadonlyMap<string, Metrics>;
}

export interface PetshopCase {
  readonly name: string;
  readonly names: readonly string[];
  readonly calls: readonly Link[];
  readonly history: NodeRows;
  readonly recent: NodeRows;
  readonly target: { readonly node: string; readonly metric: string; readonly unixSeconds: number };
  /** The label; only the scorer looks at it. */
  readonly cause: string;
}

/** Every `target.json` below a folder, with the `graph.csv` and `noissue/metrics.csv` of the nearest folder above it. */
export function readCases(folder: string): PetshopCase[] {
  return systemsIn(folder).flatMap((system) => {
    const history = readRows(join(system, 'noissue/metrics.csv'));
    const graph = readGraph(join(system, 'graph.csv'));
    return issuesIn(system).map((issue) => {
      const recent = readRows(join(issue, 'metrics.csv'));
      const told = JSON.parse(readFileSync(join(issue, 'target.json'), 'utf8')) as {
        target: { node: string; metric: string; timestamp: number };
        root_cause: { node: string };
      };
      const names = [...new Set([...graph.names, ...recent.nodes.keys(), ...history.nodes.keys(), told.target.node])];
      const at = new Map(names.map((name, index) => [name, index]));
      return {
        name: relative(folder, issue),
        names,
        calls: graph.calls.map(([from, to]) => [at.get(from)!, at.get(to)!] as const),
        history,
        recent,
        target: { node: told.target.node, metric: told.target.metric, unixSeconds: told.target.timestamp },
        cause: told.root_cause.node,
      };
    });
  });
}

function systemsIn(folder: string): string[] {
  if (existsSync(join(folder, 'graph.csv')) && existsSync(join(folder, 'noissue/metrics.csv'))) return [folder];
  return foldersIn(folder).flatMap(systemsIn);
}

function issuesIn(folder: string): string[] {
  if (existsSync(join(folder, 'target.json')) && existsSync(join(folder, 'metrics.csv'))) return [folder];
  return foldersIn(folder).flatMap(issuesIn);
}

const foldersIn = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory());

const linesOf = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => cellsOf(line, ','));

/** A matrix: row calls column. */
function readGraph(path: string): { names: readonly string[]; calls: readonly (readonly [string, string])[] } {
  const [head = [], ...rows] = linesOf(path);
  const calls = rows.flatMap((row) =>
    head.slice(1).flatMap((callee, column) => (Number(row[column + 1]) > 0 ? [[row[0]!, callee] as const] : [])),
  );
  return { names: [...new Set([...head.slice(1), ...rows.map((row) => row[0]!)])], calls };
}

/** Three rows of header: node, metric, statistic; then the time and the values. */
function readRows(path: string): NodeRows {
  const [nodeRow = [], metricRow = [], statisticRow = [], , ...rows] = linesOf(path);
  const nodes = new Map<string, Record<string, Float64Array>>();
  for (let column = 1; column < nodeRow.length; column++) {
    const [node, metric, statistic] = [nodeRow[column]!, metricRow[column]!, statisticRow[column]!];
    const own = nodes.get(node) ?? {};
    nodes.set(node, own);
    own[statistic === 'Average' || statistic === 'Sum' ? metric : statistic] = Float64Array.from(rows, (row) =>
      (row[column] ?? '') === '' ? Number.NaN : Number(row[column]),
    );
  }
  return { times: Float64Array.from(rows, (row) => Number(row[0])), nodes };
}
