import { followCalls, type ByCalls, type Suspect } from './by-calls.ts';
import { ownShares } from './graph/own-waits.ts';
import { sharedHosts } from './hosts.ts';
import type { Alarm, CauseInput, Onset } from './input.ts';
import { alarmRowOf } from './metrics/abnormal-rows.ts';
import { onsetOf } from './metrics/onset.ts';
import { ownDeviations, type OwnDeviation } from './metrics/own-deviations.ts';
import type { CauseRanking, RankedEntity, Term } from './result.ts';

/** What an entity that only passes the trouble on still keeps of it. */
const passedOn = 0.02;
/** The alarm names its entity already: a dependency that explains as much is the better answer. */
const alarmed = 0.3;
/** Deviations beyond these add nothing to a score that other terms are part of. */
const mostDeviations = 30;
/** Below this a metric's own deviation is everyday where the calls already say who is to blame. */
const leastDeviations = 3;
/** What began surely after the alarmed entity's trouble has this part of its score left. */
const lateFactor = 0.5;
/** Own part of the blame from which on an entity is taken to deviate by itself. */
const ownTrouble = 0.3;

/**
 * Ranks entities by how likely each is the cause: how abnormal it is, how it lies in the graph, when it began and what
 * runs beside it. With an alarm and calls to follow, callers are victims of callees; else each is judged by itself.
 * Deterministic; equal scores are ordered by name.
 */
export function rankCauses(input: CauseInput): CauseRanking {
  const byCalls = input.alarm === undefined ? undefined : followCalls(input, input.alarm);
  const { own, shareOf } = judged(input, byCalls);
  const drafts = input.entities.map((): Draft => ({ terms: [], onset: null, reach: 0 }));
  const ofAlarm = byCalls?.suspects.find(({ entity }) => entity === input.alarm?.entity);
  if (byCalls !== undefined) for (const suspect of byCalls.suspects) addFlow(drafts, suspect, ofAlarm!, input.alarm!);
  // Of what was not asked for anything nobody can learn whether the trouble passes through it.
  if (byCalls?.learned === true) {
    drafts.forEach((draft, entity) => (draft.reach = byCalls.measured[entity] === true ? draft.reach : 1));
  }
  // What is wrong with a host reaches the alarm through whoever runs on it.
  for (const [entity, host] of input.placements ?? []) {
    drafts[host]!.reach = Math.max(drafts[host]!.reach, drafts[entity]!.reach);
  }
  addOwn(drafts, own, shareOf, input, byCalls !== undefined);
  for (const { entity, source, kind, score, why, onset } of input.deviations ?? []) {
    drafts[entity]!.terms.push({ term: 'source', source, kind, score, why });
    drafts[entity]!.onset ??= onset ?? null;
  }
  addHosts(drafts, input, byCalls);
  const onset = ofAlarm?.onset ?? null;
  const ranked = drafts.map((draft, entity) => finished(draft, entity, input, onset, byCalls !== undefined));
  return {
    method: byCalls === undefined ? 'deviations' : byCalls.learned ? 'learned' : 'calls',
    entities: ordered(ranked, drafts, byCalls),
    metrics: own
      .map(({ series, deviations }) => ({
        entity: series.entity,
        metric: series.name,
        kind: series.kind,
        score: deviations,
      }))
      .sort((a, b) => b.score - a.score || (a.metric < b.metric ? -1 : 1)),
    onset,
  };
}

interface Draft {
  readonly terms: Term[];
  onset: Onset | null;
  /** How much of the alarm's trouble passes through it. */
  reach: number;
}

interface Judged {
  readonly own: readonly OwnDeviation[];
  /** How much of it is no wait for others. */
  readonly shareOf: (of: OwnDeviation) => number;
}

/** With calls to follow, what they are made of was judged there. */
function judged(input: CauseInput, byCalls: ByCalls | undefined): Judged {
  const { metrics, calls, alarmAt } = input;
  const series = metrics?.series ?? [];
  if (byCalls !== undefined) {
    const others = series.filter(({ kind }) => kind === 'cpu' || kind === 'memory' || kind === 'other');
    return { own: ownDeviations(others, byCalls.rows.abnormal), shareOf: () => 1 };
  }
  const rows = series.reduce((most, { recent }) => Math.max(most, recent.length), 0);
  const first = alarmRowOf(rows, metrics?.recentMs ?? null, alarmAt);
  const weights = Float64Array.from({ length: rows }, (_, row) => (row >= first ? 1 : 0));
  const own = ownDeviations(series, weights);
  return { own, shareOf: calls.length === 0 ? () => 1 : ownShares(own, input, weights) };
}

function addFlow(drafts: Draft[], { entity, blame, excess, onset }: Suspect, ofAlarm: Suspect, alarm: Alarm): void {
  const draft = drafts[entity]!;
  const strength = Math.min(mostDeviations, Math.max(1, deviationsOf(ofAlarm)));
  const share = blame.through * (blame.own + passedOn) * (entity === alarm.entity ? alarmed : 1);
  draft.reach = blame.through;
  draft.onset = onset;
  if (!(share > 0)) return;
  draft.terms.push({
    term: 'flow',
    score: share * strength,
    kind: alarm.kind,
    through: blame.through,
    own: blame.own,
    usual: excess?.usual ?? Number.NaN,
    present: excess?.present ?? Number.NaN,
    requests: excess?.requests ?? 0,
    deviations: excess === undefined || excess.deviation === 0 ? 0 : excess.excess / excess.deviation,
  });
}

const deviationsOf = ({ excess }: Suspect): number =>
  excess === undefined || !(excess.deviation > 0) ? 0 : excess.excess / excess.deviation;

/** By itself an entity counts as its highest metric does; along calls only as far as the trouble passes through it. */
function addOwn(
  drafts: Draft[],
  own: readonly OwnDeviation[],
  shareOf: Judged['shareOf'],
  { metrics }: CauseInput,
  alongCalls: boolean,
): void {
  for (const each of own) {
    const { series, deviations, usual, present, scale } = each;
    const draft = drafts[series.entity]!;
    const score = alongCalls ? draft.reach * Math.min(mostDeviations, deviations) : shareOf(each) * deviations;
    if (alongCalls ? deviations < leastDeviations || score === 0 : !(score > 0)) continue;
    const before = draft.terms.findIndex(({ term }) => term === 'metric');
    const best = draft.terms[before];
    if (best?.term === 'metric' && best.score >= score) continue;
    if (before >= 0) draft.terms.splice(before, 1);
    draft.terms.push({ term: 'metric', score, metric: series.name, kind: series.kind, usual, present, deviations });
    draft.onset ??= null;
    if (alongCalls && draft.onset !== null) continue;
    draft.onset = onsetOf(
      series.recent.map((value) => (value - usual) / scale),
      (row) => metrics?.recentMs?.[row] ?? row,
    );
  }
}

/** What its residents suffer together is the host's, as far as nobody elsewhere suffers. */
function addHosts(drafts: Draft[], { placements = [] }: CauseInput, byCalls: ByCalls | undefined): void {
  const suspects = new Map(byCalls?.suspects.map((suspect) => [suspect.entity, suspect]));
  const deviates = (entity: number): boolean => {
    const suspect = suspects.get(entity);
    if (suspect !== undefined && deviationsOf(suspect) > leastDeviations && suspect.blame.own > ownTrouble) return true;
    return drafts[entity]!.terms.some(
      (term) => term.term === 'metric' && (byCalls === undefined ? term.score : term.deviations) > leastDeviations,
    );
  };
  for (const { host, residents, deviating, coincidence } of sharedHosts(placements, deviates)) {
    const moved = deviating.reduce((sum, entity) => sum + scoreOf(drafts[entity]!.terms), 0) * coincidence;
    for (const entity of deviating) {
      const terms = drafts[entity]!.terms;
      terms.forEach((term, index) => {
        if ('score' in term) terms[index] = { ...term, score: term.score * (1 - coincidence) };
      });
    }
    drafts[host]!.terms.push({ term: 'host', score: moved, residents: residents.length, deviating: deviating.length });
    drafts[host]!.onset ??= drafts[deviating[0]!]!.onset;
  }
}

const scoreOf = (terms: readonly Term[]): number =>
  terms.reduce((sum, term) => sum + ('score' in term ? term.score : 0), 0);

function finished(
  { terms, onset }: Draft,
  entity: number,
  { entities, metrics, alarm }: CauseInput,
  ofAlarm: Onset | null,
  alongCalls: boolean,
): RankedEntity {
  const late = alongCalls && onset !== null && ofAlarm !== null && entity !== alarm?.entity && onset.from > ofAlarm.to;
  const all: Term[] = late ? [...terms, { term: 'late', factor: lateFactor }] : terms;
  const sorted = all.toSorted((a, b) => ('score' in b ? b.score : 0) - ('score' in a ? a.score : 0));
  const [first] = sorted;
  const flow = metrics?.series.find((series) => series.entity === entity && series.kind === alarm?.kind)?.name;
  return {
    entity,
    name: entities[entity]!.name,
    score: scoreOf(terms) * (late ? lateFactor : 1),
    terms: sorted,
    metric: first?.term === 'metric' ? first.metric : first?.term === 'flow' ? (flow ?? null) : null,
    onset,
  };
}

/** Scores first; then what can be reached from the alarm: those that call others, then by requests, then by name. */
function ordered(
  ranked: readonly RankedEntity[],
  drafts: readonly Draft[],
  byCalls: ByCalls | undefined,
): RankedEntity[] {
  const byName = (a: RankedEntity, b: RankedEntity): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const scored = ranked.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || byName(a, b));
  const reached = (byCalls?.suspects ?? [])
    .filter(({ entity }) => !(ranked[entity]!.score > 0) && drafts[entity] !== undefined)
    .sort(
      (a, b) =>
        Number(b.hasCallees) - Number(a.hasCallees) ||
        b.requests - a.requests ||
        byName(ranked[a.entity]!, ranked[b.entity]!),
    )
    .map(({ entity }) => ranked[entity]!);
  return [...scored, ...reached];
}
