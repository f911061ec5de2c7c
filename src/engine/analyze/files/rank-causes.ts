import { Effect } from 'effect';
import type { CauseInput } from '../../cause/input.ts';
import { rankCauses } from '../../cause/rank.ts';
import type { CauseRanking } from '../../cause/result.ts';
import { BadInput } from '../../domain/errors.ts';
import { readTable } from '../input/read-table.ts';
import type { BadRow } from '../input/row-reader.ts';
import { sourceName, type Source } from '../input/source-text.ts';
import { isTimeName } from '../input/time-column.ts';
import { timeOf, unitOf } from '../input/times.ts';
import { asBadInput } from './as-bad-input.ts';
import { alarmOf, causeInputOf } from './cause-input.ts';
import { readGraph } from './read-graph.ts';
import { changeRow, cutAt, withNormal, type Stretches } from './stretches.ts';
import { wholeTable, type WholeTable } from './whole-table.ts';

export interface CauseAsk {
  readonly metrics: Source;
  /** A file of the same columns while nothing was wrong; without one the rows before the alarm are. */
  readonly normal?: string | undefined;
  readonly graph?: string | undefined;
  /** The entity that raised the alarm. */
  readonly target?: string | undefined;
  readonly kind?: 'latency' | 'errors' | undefined;
  /** A date, a Unix time in any unit, or a row's number from 1; without one the change is looked for. */
  readonly at?: string | undefined;
}

export interface CauseAnswer {
  readonly input: CauseInput;
  readonly ranking: CauseRanking;
  /** What a person should know of how it was read and judged. */
  readonly notes: readonly string[];
  readonly badRows: readonly { readonly file: string; readonly rows: readonly BadRow[]; readonly inAll: number }[];
  /** Milliseconds since 1970, or a row of the file counted from 1, as `timed` says. */
  readonly alarmAt: number | null;
  readonly timed: boolean;
  /** Rows of the file before the first that onsets count from. */
  readonly firstRow: number;
}

/** Ranks the entities of a file of metrics by how likely each is the cause. */
export const rankCausesOf = Effect.fnUntraced(function* (ask: CauseAsk): Effect.fn.Return<CauseAnswer, BadInput> {
  const table = yield* tableOf(ask.metrics);
  const normal = ask.normal === undefined ? undefined : yield* tableOf(ask.normal);
  const graph = ask.graph === undefined ? undefined : yield* readGraph(ask.graph);
  const { stretches, notes } = yield* stretchesOf(table, normal, ask.at);
  const { alarmAt, firstRow, columns, recentMs } = stretches;
  const signals = causeInputOf(columns, graph, recentMs);
  const alarm = ask.target === undefined ? undefined : alarmOf(signals, ask.target, ask.kind);
  if (ask.target !== undefined && alarm === undefined) {
    return yield* new BadInput({
      what: `Cannot use --target ${ask.target}`,
      why: `the entities are: ${signals.entities.map(({ name }) => name).join(', ')}`,
      hint: `--target ${signals.entities[0]?.name ?? ''}`,
    });
  }
  const input: CauseInput = { ...signals, ...(alarm && { alarm }), ...(alarmAt !== undefined && { alarmAt }) };
  const ranking = rankCauses(input);
  if (alarm !== undefined && ranking.method === 'deviations') {
    notes.push(`The calls of ${ask.target} could not be followed: each entity is judged by itself.`);
  }
  if (ranking.method === 'learned') {
    notes.push(`Who calls whom was learned from the metrics, which is often wrong; --graph FILE says it.`);
  }
  const shown = alarmAt === undefined ? null : recentMs === null ? firstRow + Math.ceil(alarmAt) + 1 : alarmAt;
  return {
    input,
    ranking,
    notes,
    badRows: [
      { file: nameOf(ask.metrics), rows: table.badRows, inAll: table.badRowsInAll },
      { file: ask.normal ?? '', rows: normal?.badRows ?? [], inAll: normal?.badRowsInAll ?? 0 },
      { file: ask.graph ?? '', rows: graph?.badRows ?? [], inAll: graph?.badRows.length ?? 0 },
    ].filter(({ inAll }) => inAll > 0),
    alarmAt: shown,
    timed: recentMs !== null,
    firstRow,
  };
});

const nameOf = (source: Source): string => (typeof source === 'string' ? source : 'standard input');

const tableOf = Effect.fnUntraced(function* (source: Source): Effect.fn.Return<WholeTable, BadInput> {
  const opened = yield* Effect.promise(() => readTable(source));
  if ('_tag' in opened) return yield* asBadInput(opened);
  const table = byTime(yield* Effect.promise(() => wholeTable(opened)));
  if (table.columns.length > 0) return table;
  return yield* new BadInput({
    what: `There is nothing to measure in ${sourceName(source)}`,
    why: `its columns of numbers are times: ${opened.columns.join(', ')}`,
    hint: 'Name the columns after an entity and what is measured: cart_latency',
  });
});

/**
 * Rows in the order of their times, without the columns that are called like a time: what counts up is no metric. One
 * that counts otherwise than since 1970 (1, 2, 3; seconds of a run) orders the rows, and they stay steps.
 */
function byTime(table: WholeTable): WholeTable {
  const { unixMs } = table;
  const columns = table.columns.filter(({ name }) => !isTimeName(name));
  const times = unixMs ?? table.columns.find(({ name }) => isTimeName(name))?.values;
  if (times === undefined || !times.every(Number.isFinite)) return { ...table, columns };
  const order = [...times.keys()].sort((a, b) => times[a]! - times[b]!);
  const sorted = (values: Float64Array): Float64Array => Float64Array.from(order, (row) => values[row]!);
  return {
    ...table,
    unixMs: unixMs && sorted(unixMs),
    columns: columns.map(({ name, values }) => ({ name, values: sorted(values) })),
  };
}

const stretchesOf = Effect.fnUntraced(function* (
  table: WholeTable,
  normal: WholeTable | undefined,
  at: string | undefined,
): Effect.fn.Return<{ readonly stretches: Stretches; readonly notes: string[] }, BadInput> {
  if (at === undefined) {
    if (normal !== undefined) return { stretches: withNormal(table, normal, undefined), notes: [] };
    const changed = changeRow(table);
    const row = changed === null || changed < 2 ? Math.max(1, Math.floor(table.rows * 0.9)) : changed;
    const notes =
      row === changed ? [] : ['No lasting change was found: the last tenth of the rows is taken to be abnormal.'];
    return { stretches: cutAt(table, row, undefined), notes };
  }
  const alarmAt = yield* momentOf(table, at);
  if (normal !== undefined) return { stretches: withNormal(table, normal, alarmAt), notes: [] };
  const { unixMs, rows } = table;
  const row = unixMs === null ? alarmAt : unixMs.findIndex((time) => time >= alarmAt);
  if (row < 1 || row >= rows) {
    return yield* new BadInput({
      what: `Cannot use --at ${at}`,
      why: row < 1 && row !== -1 ? 'no row lies before it' : 'no row lies behind it',
      hint: 'Name a time within the file, or give what is usual with --normal FILE',
    });
  }
  return { stretches: cutAt(table, row, unixMs === null ? undefined : alarmAt), notes: [] };
});

/** Milliseconds since 1970, or the row counted from 0. */
const momentOf = Effect.fnUntraced(function* ({ unixMs }: WholeTable, at: string): Effect.fn.Return<number, BadInput> {
  const unit = unitOf(Number(at));
  const time = timeOf(at, 'text') ?? (unit === undefined ? undefined : timeOf(at, unit));
  if (unixMs !== null && time !== undefined) return time;
  if (unixMs === null && /^\d+$/.test(at.trim()) && Number(at) >= 1) return Number(at) - 1;
  return yield* new BadInput({
    what: `Cannot use --at ${at}`,
    why: unixMs === null ? 'there is no time column, so that it must be a row, counted from 1' : 'it is no time',
    hint: unixMs === null ? '--at 120' : '--at 2026-01-31T12:00:00Z',
  });
});
