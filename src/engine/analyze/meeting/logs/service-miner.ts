import { limits } from '../../../domain/limits.ts';
import { createMiner, type Miner } from '../../patterns/miner.ts';
import { severityName, severityNumber, type PatternMinute, type StoredPattern } from '../stored-pattern.ts';
import { newHistory, takeValue, valuesOfGroup, type ParameterHistory, type UnusualValue } from './parameters.ts';
import type { LogGroup } from './read-groups.ts';
import { createTemplateIndex, templateOf, type Template } from './template-match.ts';

/** What is known of one pattern; plain JSON. */
interface Entry {
  readonly id: string;
  text: string;
  /** The stored text that this pattern was known by before, which it is never narrower than; empty if it was not. */
  readonly known: string;
  severity: number;
  firstMs: number;
  lastMs: number;
  readonly example: string;
  /** Ids of patterns that turned out to be part of this one. */
  readonly merged: string[];
  parameters: ParameterHistory[];
  /** `lastMs` of the row that was written last; 0 asks for a new one. */
  writtenMs: number;
}

/** A stored pattern of before. */
export interface KnownPattern {
  readonly id: string;
  readonly text: string;
  readonly severity: string;
  readonly firstMs: number;
  readonly example: string;
}

/** Plain JSON. */
export interface ServiceMinerState {
  readonly miner: unknown;
  readonly entries: readonly (readonly [group: number, entry: Entry])[];
}

export interface MinedMinute {
  readonly patterns: readonly StoredPattern[];
  readonly counts: readonly PatternMinute[];
  /** Patterns that were never seen before. */
  readonly fresh: readonly StoredPattern[];
}

export interface ServiceMiner {
  /** Takes the groups of one minute of this service, and returns the rows to be written. */
  readonly mine: (groups: readonly LogGroup[], minuteMs: number) => MinedMinute;
  readonly state: () => ServiceMinerState;
}

interface Tally {
  lines: number;
  errors: number;
  unusual: UnusualValue[];
}

/**
 * The patterns of one service's log lines, minute by minute.
 * @param known the service's stored patterns: without a state, a line of one of them gets its id again
 * @param from a state of before; one that cannot be used is as none
 */
export function createServiceMiner(
  service: string,
  known: readonly KnownPattern[],
  from?: ServiceMinerState,
): ServiceMiner {
  const { templatesPerService, masksPerService, textCharacters, exampleCharacters, rewriteMs } = limits.patterns;
  const miner = createMiner({ maxTemplates: templatesPerService, maxMasks: masksPerService });
  const entries = new Map<number, Entry>();
  const templates = new Map<number, Template>();
  if (from !== undefined && miner.restore(from.miner)) {
    for (const [group, entry] of from.entries) entries.set(group, revive(entry));
  }
  const knownById = new Map(known.map((pattern) => [pattern.id, pattern]));
  const findKnown = createTemplateIndex(known.map(({ id, text }) => templateOf(id, text)));
  let learned = miner.learned();

  const mine = (groups: readonly LogGroup[], minuteMs: number): MinedMinute => {
    const added: number[] = [];
    const fresh: number[] = [];
    for (const group of groups) {
      const own = miner.add(group.message, group.lines);
      added.push(own);
      if (!entries.has(own)) {
        const entry = entryOf(own, group);
        entries.set(own, entry);
        if (!knownById.has(entry.id)) fresh.push(own);
      }
    }
    const gone = settle();
    const tallies = new Map<string, Tally>();
    const scale = scaleOf(groups);
    for (const [at, group] of groups.entries()) {
      take(tallies, miner.groupOf(added[at] as number), group, scale(group), minuteMs);
    }
    return {
      patterns: [...gone, ...changedPatterns()],
      counts: [...tallies].map(([id, tally]) => minuteOf(id, tally, minuteMs)),
      fresh: fresh.flatMap((group) => {
        const entry = entries.get(group);
        return entry === undefined || miner.groupOf(group) !== group ? [] : [patternOf(entry)];
      }),
    };
  };

  const entryOf = (group: number, { message, firstMs, lastMs }: LogGroup): Entry => {
    const before = knownById.get(findKnown(message)?.id ?? miner.idOf(group));
    return {
      id: before?.id ?? miner.idOf(group),
      text: '',
      known: before?.text ?? '',
      severity: severityNumber(before?.severity ?? ''),
      firstMs: Math.min(firstMs, before?.firstMs ?? firstMs),
      lastMs,
      example: before?.example ?? message.slice(0, exampleCharacters),
      merged: [],
      parameters: [],
      writtenMs: 0,
    };
  };

  /** Follows what the miner learned: merged groups and wider templates. */
  const settle = (): readonly StoredPattern[] => {
    if (miner.learned() === learned && templates.size === entries.size) return [];
    learned = miner.learned();
    const gone: StoredPattern[] = [];
    for (const [group, entry] of entries) {
      const root = entries.get(miner.groupOf(group));
      if (root === undefined || root === entry) continue;
      entries.delete(group);
      templates.delete(group);
      root.firstMs = Math.min(root.firstMs, entry.firstMs);
      root.lastMs = Math.max(root.lastMs, entry.lastMs);
      root.severity = Math.max(root.severity, entry.severity);
      root.writtenMs = 0;
      const ids = [...entry.merged, entry.id].filter((id) => id !== root.id && !root.merged.includes(id));
      root.merged.push(...ids);
      gone.push(...ids.map((id) => patternOf({ ...entry, id }, root.id)));
    }
    for (const [group, { template }] of miner.patternsByGroup()) {
      const entry = entries.get(group);
      if (entry === undefined) continue;
      const text = widerOf(template.slice(0, textCharacters), entry.known);
      if (entry.text === text && templates.has(group)) continue;
      if (entry.text !== text) {
        entry.text = text;
        entry.parameters = [];
        entry.writtenMs = 0;
      }
      templates.set(group, templateOf(entry.id, entry.text));
    }
    return gone;
  };

  const take = (tallies: Map<string, Tally>, group: number, row: LogGroup, scale: number, minuteMs: number): void => {
    const entry = entries.get(group) as Entry;
    let tally = tallies.get(entry.id);
    if (tally === undefined) tallies.set(entry.id, (tally = { lines: 0, errors: 0, unusual: [] }));
    tally.lines += row.lines * scale;
    tally.errors += row.errors * scale;
    if (row.severity > entry.severity) {
      entry.severity = row.severity;
      entry.writtenMs = 0;
    }
    entry.firstMs = Math.min(entry.firstMs, row.firstMs);
    entry.lastMs = Math.max(entry.lastMs, row.lastMs);
    const values = templates.get(group)?.match(row.message) ?? [];
    for (const [parameter, all] of valuesOfGroup(values, row.lows, row.highs).entries()) {
      const history = (entry.parameters[parameter] ??= newHistory());
      for (const value of all) {
        const found = takeValue(history, value, minuteMs);
        if (found !== null && tally.unusual.length < limits.patterns.unusualAMinute) {
          tally.unusual.push({ parameter, value, ...found });
        }
      }
    }
  };

  const changedPatterns = (): readonly StoredPattern[] => {
    const written = new Set<string>();
    return [...entries.values()].flatMap((entry) => {
      const isFirst = !written.has(entry.id);
      written.add(entry.id);
      if (!isFirst || (entry.writtenMs > 0 && entry.lastMs < entry.writtenMs + rewriteMs)) return [];
      entry.writtenMs = entry.lastMs;
      return [patternOf(entry)];
    });
  };

  const patternOf = (entry: Entry, mergedInto = ''): StoredPattern => ({
    id: entry.id,
    signal: 'logs',
    service,
    text: entry.text,
    severity: severityName(entry.severity),
    firstMs: entry.firstMs,
    lastMs: entry.lastMs,
    example: entry.example,
    mergedInto,
  });

  const minuteOf = (id: string, { lines, errors, unusual }: Tally, timeMs: number): PatternMinute => ({
    timeMs,
    signal: 'logs',
    service,
    id,
    count: Math.round(lines),
    errors: Math.round(errors),
    durationP50: 0,
    durationP99: 0,
    unusual: unusual.length === 0 ? '' : JSON.stringify(unusual),
  });

  return { mine, state: () => ({ miner: withoutExamples(miner), entries: [...entries] }) };
}

/**
 * By how much to multiply a group's lines so that those of groups that were not read are in. Groups are the most
 * frequent ones; what was left out is as rare as the rarest that were read, so that those stand for it.
 */
function scaleOf(groups: readonly LogGroup[]): (group: LogGroup) => number {
  const read = groups.reduce((sum, { lines }) => sum + lines, 0);
  const rest = (groups[0]?.total ?? 0) - read;
  const rarest = groups.at(-1)?.lines ?? 0;
  if (rest <= 0) return () => 1;
  const rare = groups.reduce((sum, { lines }) => sum + (lines === rarest ? lines : 0), 0);
  return ({ lines }) => (lines === rarest ? 1 + rest / rare : 1);
}

/** The template, unless the text that the pattern was known by has more parameters. */
const widerOf = (template: string, known: string): string =>
  known === '' || templateOf('', template).match(known) !== null ? template : known;

/** The entries have them already. */
function withoutExamples(miner: Miner): unknown {
  const state = miner.snapshot();
  return { ...state, groups: state.groups.map((group) => ({ ...group, example: '' })) };
}

/** JSON knows no infinite numbers. */
const revive = (entry: Entry): Entry => ({
  ...entry,
  parameters: entry.parameters.map((history) => ({
    ...history,
    min: history.min ?? Infinity,
    max: history.max ?? -Infinity,
  })),
});
