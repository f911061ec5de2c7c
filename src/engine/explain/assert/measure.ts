import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { fetchEvidence, type Evidence } from '../evidence/evidence.ts';
import { loadCatalog, type Catalog } from './catalog.ts';
import { measureOf, type Comparison, type Selector, type Term } from './language/expression.ts';
import { inUnit } from './language/bound.ts';
import { printTerm } from './language/print.ts';
import { resolve, resolveLogging, type Resolved, type Target } from './resolve.ts';
import { secondsOf, type Source } from './source.ts';
import { anomaliesOf, callsSql, columnOf, foundCountSql, incidentsOf, logCountSql } from './sql.ts';

type Failure = QueryFailed | EngineUnavailable;

/** What a term is, in the base unit of its measure. */
export interface Measured {
  readonly value: number | null;
  /** Why there is no value. */
  readonly problem: string | null;
  /** Worth saying although there is a value. */
  readonly note: string | null;
  readonly meant: string | null;
  readonly target: Target | null;
  /** Calls or records that the value is of. */
  readonly count: number | null;
  readonly evidence: Evidence | null;
}

const nothing: Measured = {
  value: null,
  problem: null,
  note: null,
  meant: null,
  target: null,
  count: null,
  evidence: null,
};

const unknown = (problem: string, more: Partial<Measured> = {}): Measured => ({ ...nothing, ...more, problem });
const counted = (value: number, more: Partial<Measured>): Measured => ({ ...nothing, ...more, value, count: value });

/** What a term means, as a key: terms with the same are the same. */
export const keyOfTerm = (term: Term, scope: string | undefined): string => `${scope ?? ''}\u0000${printTerm(term)}`;

/** Every distinct term, by its key; calls of one selector are asked for in one statement. */
export const measureAll = Effect.fnUntraced(function* (
  comparisons: readonly Comparison[],
  source: Source,
  scope: string | undefined,
): Effect.fn.Return<ReadonlyMap<string, Measured>, Failure, QueryClient> {
  const terms = [...new Map(comparisons.map(({ term }) => [keyOfTerm(term, scope), term])).values()];
  const catalog = yield* loadCatalog(source);
  const ofCalls = terms.filter(({ measure }) => measureOf(measure).of === 'calls');
  const bySelector = Object.groupBy(ofCalls, ({ selector }) => keyOfTerm({ ...anyTerm, selector }, scope));
  const groups = Object.values(bySelector).map((group = []) => measureCalls(group, source, catalog, scope));
  const others = terms
    .filter((term) => !ofCalls.includes(term))
    .map((term) => measureOther(term, source, catalog, scope));
  const measured = yield* Effect.all([...groups, ...others], { concurrency: 2 });
  return new Map(measured.flat().map(([term, value]) => [keyOfTerm(term, scope), value]));
});

const anyTerm = { measure: 'calls', filter: null, place: { from: 0, to: 0 } } as const;

type OfTerm = readonly [term: Term, measured: Measured];

const measureCalls = Effect.fnUntraced(function* (
  terms: readonly Term[],
  source: Source,
  catalog: Catalog,
  scope: string | undefined,
): Effect.fn.Return<readonly OfTerm[], Failure, QueryClient> {
  const resolution = resolve(scoped(terms[0]!.selector, scope), catalog);
  if ('problem' in resolution) return terms.map((term) => [term, unknown(resolution.problem)] as const);
  const sql = callsSql(resolution.target, source, new Set(terms.map(({ measure }) => measure)));
  const evidence = yield* fetchEvidence({ title: `Calls: ${resolution.meant}`, sql });
  return terms.map((term) => [term, valueOfCalls(term, resolution, evidence, secondsOf(source))] as const);
});

function valueOfCalls(
  { measure }: Term,
  { target, meant, lacks }: Resolved,
  evidence: Evidence,
  seconds: number,
): Measured {
  const row = evidence.rows[0] ?? {};
  const count = Number(row['calls'] ?? 0);
  const column = Number(row[columnOf(measure)] ?? 0);
  const more = { meant, target, count, evidence };
  const needsNone = measure === 'calls' || measure === 'rate';
  if (count === 0 && !needsNone) return unknown(lacks ?? `no calls of ${meant}`, more);
  const { unit } = measureOf(measure);
  const base =
    unit === 'duration'
      ? column * 1e6
      : measure === 'error_rate'
        ? column / count
        : measure === 'rate'
          ? column / seconds
          : column;
  return { ...more, value: inUnit(base, unit), problem: null, note: count === 0 ? lacks : null };
}

const measureOther = Effect.fnUntraced(function* (
  term: Term,
  source: Source,
  catalog: Catalog,
  scope: string | undefined,
): Effect.fn.Return<readonly OfTerm[], Failure, QueryClient> {
  const { of } = measureOf(term.measure);
  const selector = of === 'incidents' && term.selector === null ? all : serviceOf(term.selector, scope);
  const resolution = resolveLogging(selector, catalog);
  if ('problem' in resolution) return [[term, unknown(resolution.problem)]];
  const { range } = source;
  const { meant, target } = resolution;
  if (of === 'logs') {
    if (resolution.lacks !== null) return [[term, unknown(resolution.lacks)]];
    const sql = logCountSql(selector.name, range, leastLevel(term));
    const evidence = yield* fetchEvidence({ title: `Log records: ${meant}`, sql });
    const value = Number(evidence.rows[0]?.['records'] ?? 0);
    return [[term, counted(value, { meant, target, evidence })]];
  }
  const least = term.filter?.filter === 'severity' ? term.filter.least : null;
  const found =
    of === 'incidents'
      ? ({ table: 'obs_incidents', where: incidentsOf(range, least) } as const)
      : ({ table: 'obs_anomalies', where: anomaliesOf(selector.name, range, least) } as const);
  const evidence = yield* fetchEvidence({ title: `Found: ${of}`, sql: foundCountSql(found, selector.name, range) });
  const row = evidence.rows[0] ?? {};
  const more = { meant: of === 'incidents' ? 'all services' : meant, target, evidence };
  if (Number(row['windows'] ?? 0) === 0) {
    return [[term, unknown(resolution.lacks ?? `the analyzer looked at nothing of ${more.meant} in this time`, more)]];
  }
  return [[term, counted(Number(row['found'] ?? 0), more)]];
});

export const leastLevel = ({ measure, filter }: Term) =>
  measure === 'log_errors' ? ('error' as const) : filter?.filter === 'level' ? filter.least : null;

const all: Selector & { readonly by: 'name' } = {
  by: 'name',
  name: { text: '*', glob: true },
  place: { from: 0, to: 0 },
};

const exact = (text: string) => ({ text, glob: false });

/** With `--service`, nothing is that service, and a name one of its operations. */
export function scoped(selector: Selector | null, scope: string | undefined): Selector {
  if (selector === null) return { ...all, name: scope === undefined ? all.name : exact(scope) };
  if (scope === undefined || selector.by === 'operation') return selector;
  return { by: 'operation', service: exact(scope), operation: selector.name, place: selector.place };
}

/** Of measures that are of services: what is named, or the one of `--service`. */
export const serviceOf = (selector: Selector | null, scope: string | undefined): Selector & { readonly by: 'name' } =>
  selector?.by === 'name' ? selector : { ...all, name: scope === undefined ? all.name : exact(scope) };
