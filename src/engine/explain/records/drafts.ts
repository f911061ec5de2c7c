import { Effect } from 'effect';
import type { Delay } from '../../cause/records/delays.ts';
import type { RecordDeviations } from '../../cause/records/deviations.ts';
import type { ResourceDeviation } from '../../cause/records/resources.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { EvidenceQuery, EvidenceRow } from '../evidence/evidence.ts';
import type { TimeRange } from '../question.ts';
import { countGapsSql, type GapCount, tellingGaps } from './count-gaps.ts';
import { levelsOf, levelsSql, type LevelRow } from './count-levels.ts';
import { countRunsSql, type RunCount } from './count-runs.ts';
import type { RecordFinding } from './record-findings.ts';
import { runEvidence } from './run-evidence.ts';
import type { ComparedWindows } from './windows-sql.ts';
import { delaySentence, resourceSentence, structureSentence, toldChange, type Counted } from './words.ts';

/** Service and host by instance. */
export type Places = ReadonlyMap<string, { readonly service: string; readonly host: string }>;

/** A finding whose counts have not been asked for. */
export interface Draft extends Omit<RecordFinding, 'sentence' | 'instances'> {
  /** In words; with windows, by what a statement counts in them, which is the first evidence. */
  readonly tell: (windows: ComparedWindows | null) => Effect.Effect<Told, QueryFailed | EngineUnavailable, QueryClient>;
}

interface Told {
  readonly sentence: string;
  readonly evidence: readonly EvidenceQuery[];
}

export const structureDrafts = ({ structure, vocabulary }: RecordDeviations): readonly Draft[] =>
  [...Map.groupBy(structure, ({ instance }) => instance)].map(([instance, own]): Draft => {
    const strongest = own.reduce((a, b) => (b.score > a.score ? b : a));
    const change = toldChange(strongest, vocabulary);
    return {
      instance,
      service: strongest.service,
      host: strongest.host,
      source: 'structure',
      score: own.reduce((sum, { score }) => sum + score, 0),
      onsetMs: own.reduce((least, { atMs }) => Math.min(least, atMs), Infinity),
      evidence: runEvidence(strongest.invocation.entry, strongest.invocation.entry.instance),
      tell: counting({
        title: 'Runs that have it, and all, by window',
        sqlOf: (windows) => (change === undefined ? null : countRunsSql(change, vocabulary, windows)),
        countOf: ({ runs, with_it }: RunCount) => [Number(with_it), Number(runs)],
        say: (counted) => structureSentence(strongest, change, counted, vocabulary),
      }),
    };
  });

export const delayDrafts = ({ delays }: RecordDeviations, places: Places): readonly Draft[] =>
  [...delays.values()].map((delay: Delay): Draft => {
    const measured = delay.groups.flatMap(({ group }) => group.measured);
    const worst = measured.toSorted((a, b) => b.excessMs - a.excessMs)[0]?.span ?? delay.unanswered[0]?.span;
    const gaps = tellingGaps(delay);
    return {
      instance: delay.instance,
      ...placeIn(places, delay.instance),
      source: 'timing',
      score: delay.score,
      onsetMs: null,
      evidence: worst === undefined ? [] : runEvidence(worst, worst.instance),
      tell: counting({
        title: 'What took long, and all, by window',
        sqlOf: (windows) => (gaps === null ? null : countGapsSql(delay.instance, gaps, windows)),
        countOf: ({ late, calls }: GapCount) => [Number(late), Number(calls)],
        say: (counted) => delaySentence(delay, gaps, counted),
      }),
    };
  });

export function resourceDraft(deviation: ResourceDeviation, analysed: TimeRange, places: Places): Draft {
  const { series, z, sinceMs, usual, highest } = deviation;
  const query: EvidenceQuery = {
    title: `${printable(series.metric)} of ${printable(series.instance)}: the highest in the time, and the middle before`,
    sql: levelsSql(series, analysed),
  };
  const scale = series.isPercent ? 0.01 : 1;
  return {
    instance: series.instance,
    service: series.service,
    host: placeIn(places, series.instance).host,
    source: 'resource',
    score: z,
    onsetMs: sinceMs,
    evidence: [],
    tell: Effect.fnUntraced(function* (windows: ComparedWindows | null) {
      const rows = windows === null ? [] : yield* (yield* QueryClient).rows<LevelRow>(query.sql);
      const levels = levelsOf(rows) ?? { present: highest * scale, usual: usual * scale };
      return {
        sentence: resourceSentence(deviation, levels),
        evidence: [windows === null ? query : { ...query, rows: rowsOf(rows) }],
      };
    }),
  };
}

interface Counting<Row extends { readonly window: string }> {
  readonly title: string;
  /** Null where no statement counts it. */
  readonly sqlOf: (windows: ComparedWindows) => string | null;
  /** How many have it, of how many. */
  readonly countOf: (row: Row) => readonly [number, number];
  readonly say: (counted: Counted | null) => string;
}

/** Asks the statement and words what it counts; where it finds nothing, without numbers. */
const counting = <Row extends { readonly window: string }>({ title, sqlOf, countOf, say }: Counting<Row>) =>
  Effect.fnUntraced(function* (
    windows: ComparedWindows | null,
  ): Effect.fn.Return<Told, QueryFailed | EngineUnavailable, QueryClient> {
    const sql = windows === null ? null : sqlOf(windows);
    if (windows === null || sql === null) return { sentence: say(null), evidence: [] };
    const rows = yield* (yield* QueryClient).rows<Row>(sql);
    const asked = new Date(windows.asked.fromMs).toISOString();
    const counted = { present: 0, of: 0, usually: 0, usualOf: 0 };
    for (const row of rows) {
      const [having, all] = countOf(row);
      if (row.window === asked) Object.assign(counted, { present: having, of: all });
      else Object.assign(counted, { usually: counted.usually + having, usualOf: counted.usualOf + all });
    }
    const isKnown = counted.of > 0 && counted.usualOf > 0;
    return {
      sentence: say(isKnown ? counted : null),
      evidence: isKnown ? [{ title: titleOf(title, windows), sql, rows: rowsOf(rows) }] : [],
    };
  });

const rowsOf = (rows: readonly object[]): readonly EvidenceRow[] => rows.map((row) => ({ ...row }));

const titleOf = (title: string, { asked }: ComparedWindows): string =>
  `${title} (asked about: the one from ${new Date(asked.fromMs).toISOString().slice(11, 19)} on)`;

const placeIn = (places: Places, instance: string): { readonly service: string; readonly host: string } =>
  places.get(instance) ?? { service: '', host: '' };
