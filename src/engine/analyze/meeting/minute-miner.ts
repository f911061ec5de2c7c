import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { createLogMiners } from './logs/log-miners.ts';
import { readKnownPatterns } from './logs/known-patterns.ts';
import { readLogGroups, type LogGroup } from './logs/read-groups.ts';
import type { PatternsState } from './state-text.ts';
import type { PatternMinute, StoredPattern } from './stored-pattern.ts';
import { readKnownShapes } from './traces/known-shapes.ts';
import { readTraces } from './traces/read-traces.ts';
import { createShapeBook } from './traces/shape-book.ts';

/** All of one window, as rows to be written and as figures. */
export interface MinedWindow {
  readonly patterns: readonly StoredPattern[];
  readonly counts: readonly PatternMinute[];
  readonly fresh: readonly StoredPattern[];
  readonly lines: number;
  readonly estimatedLines: number;
  readonly sampledServices: readonly string[];
  readonly traces: number;
  readonly oneIn: number;
  readonly rootless: number;
}

export interface MinuteMiner {
  /** Mines a window, usually a minute; windows come in their order. What failed may be tried again. */
  readonly mine: (
    fromMs: number,
    toMs: number,
  ) => Effect.Effect<MinedWindow, QueryFailed | EngineUnavailable, QueryClient>;
  readonly state: () => Pick<PatternsState, 'logs' | 'shapes' | 'spansPerTrace'>;
}

const spansPerTraceAtFirst = 10;

export function createMinuteMiner(from: Omit<PatternsState, 'version' | 'nextMs'> | null): MinuteMiner {
  const miners = createLogMiners(from?.logs ?? []);
  let shapes = from === null ? null : createShapeBook(from.shapes);
  let spansPerTrace = from?.spansPerTrace ?? spansPerTraceAtFirst;
  let services = 1;

  const mine: MinuteMiner['mine'] = Effect.fnUntraced(function* (fromMs, toMs) {
    const { groups, groupsPerService } = limits.patterns;
    const perService = Math.floor(groups / services);
    const rows = yield* readLogGroups(
      fromMs,
      toMs,
      Math.min(groupsPerService.most, Math.max(groupsPerService.least, perService)),
    );
    const read = yield* readTraces(fromMs, toMs, spansPerTrace);
    const byService = groupByService(rows);
    const book = (shapes ??= createShapeBook(yield* readKnownShapes));
    const known = yield* readKnownPatterns(miners.unknown([...byService.keys()]));
    // From here on nothing fails: what is learned and what is returned go together.
    services = Math.max(1, byService.size);
    const patterns: StoredPattern[] = [];
    const counts: PatternMinute[] = [];
    const fresh: StoredPattern[] = [];
    const sampledServices: string[] = [];
    let lines = 0;
    let estimatedLines = 0;
    for (const [service, own] of byService) {
      const mined = miners.mine(service, own, fromMs, known);
      patterns.push(...mined.patterns);
      counts.push(...mined.counts);
      fresh.push(...mined.fresh);
      const total = own[0]?.total ?? 0;
      const missed = total - own.reduce((sum, group) => sum + group.lines, 0);
      lines += total;
      estimatedLines += missed;
      if (missed > 0) sampledServices.push(service);
    }
    const shaped = book.mine(read.traces, read.oneIn, fromMs);
    const spans = read.traces.reduce((sum, trace) => sum + trace.spans.length, 0);
    if (read.traces.length > 0) spansPerTrace = Math.max(1, spans / read.traces.length);
    return {
      patterns: [...patterns, ...shaped.patterns],
      counts: [...counts, ...shaped.counts],
      fresh: [...fresh, ...shaped.fresh],
      lines,
      estimatedLines,
      sampledServices,
      traces: read.traces.length,
      oneIn: read.oneIn,
      rootless: shaped.rootless,
    };
  });

  return { mine, state: () => ({ logs: miners.state(), shapes: shapes?.state() ?? [], spansPerTrace }) };
}

function groupByService(rows: readonly LogGroup[]): ReadonlyMap<string, readonly LogGroup[]> {
  const byService = new Map<string, LogGroup[]>();
  for (const row of rows) {
    const own = byService.get(row.service);
    if (own === undefined) byService.set(row.service, [row]);
    else own.push(row);
  }
  return byService;
}
