import { addCounts, noCounts } from './feature-counts.ts';
import { gapBaseline, valuesOf } from './gap-baseline.ts';
import { delaysOf, type Delay, type GapBaselines } from './delays.ts';
import { handOver, type Debit } from './hand-over.ts';
import type { RecordsInput, RecordWindow, ResourceSeries } from './input.ts';
import { names } from './intern.ts';
import type { Vocabulary } from './invocations.ts';
import { countsWithout, prepare, type PreparedWindow } from './prepared.ts';
import { resourceDeviations, type ResourceDeviation } from './resources.ts';
import { structureCredits, type UsualCounts } from './structure.ts';
import { templates } from './templates.ts';
import { answerBaseline, unansweredOf, type Unanswered } from './unanswered.ts';

/** Scores from which on an instance was in trouble, if also at least half of the window's highest. */
const troubled = { structure: 3, delay: 10, part: 0.5 };
/** Score from which on there is no doubt, so that the same instance's windows right before and after are doubted. */
const surely = 10;
/** Share of its windows in which an instance deviates, from which on that is its habit. */
const habit = 1 / 3;
/** Windows that count as lately. */
const lately = 2;
/** How far windows lie apart at most between which trouble is taken to last. */
const lastsMs = 2 * 60_000;

/** What is unusual in the analysed window, by instance; natural log units that compare with each other. */
export interface RecordDeviations {
  readonly structure: readonly Debit[];
  readonly delays: ReadonlyMap<string, Delay>;
  readonly resources: readonly ResourceDeviation[];
  readonly vocabulary: Vocabulary;
  /** Instances whose past trouble was left out, by window. */
  readonly leftOut: readonly { readonly fromMs: number; readonly instances: readonly string[] }[];
}

/** A window of the past without the instances that were in trouble in it. */
interface Past {
  readonly window: PreparedWindow;
  readonly without: ReadonlySet<string>;
}

/** What is usual, looked at once: several windows may be compared with it. */
export interface LearnedPast {
  readonly vocabulary: Vocabulary;
  readonly fine: Past;
  readonly past: readonly Past[];
}

/** Pure and deterministic. */
export const recordDeviations = (input: RecordsInput): RecordDeviations =>
  deviationsFrom(learnPast(input.usual, input.history), input.analysed, input.resources);

/** @param history what was wrong in it is left out */
export function learnPast(usual: RecordWindow, history: readonly RecordWindow[]): LearnedPast {
  const vocabulary: Vocabulary = { templates: templates(), operations: names(), features: names() };
  const fine: Past = { window: prepare(usual, vocabulary), without: new Set() };
  const past: Past[] = [];
  const scored: TroubleScores[] = [];
  for (const window of history.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const prepared = prepare(window, vocabulary);
    const scores = troubleIn(prepared, fine, past, vocabulary);
    past.push({ window: prepared, without: troubledBy(scores) });
    scored.push(scores);
  }
  return { vocabulary, fine, past: withLastingTrouble(withoutHabits(past, scored), scored) };
}

/** What is unusual in a window, which lies behind the past. */
export function deviationsFrom(
  { vocabulary, fine, past }: LearnedPast,
  analysed: RecordWindow,
  resources: readonly ResourceSeries[] = [],
): RecordDeviations {
  const now = prepare(analysed, vocabulary);
  const { delays, baselines, unanswered } = timingAgainst(now, fine, past);
  const credits = structureCredits(now.traces, now.counts, countsOf(fine, past), vocabulary);
  return {
    structure: credits.map((credit) => handOver(credit, delays, baselines, unanswered)),
    delays,
    resources: resourceDeviations(resources),
    vocabulary,
    leftOut: past.flatMap(({ window: { fromMs }, without }) =>
      without.size === 0 ? [] : [{ fromMs, instances: [...without].sort() }],
    ),
  };
}

function countsOf(fine: Past, past: readonly Past[]): UsualCounts {
  if (past.length === 0) return { usual: fine.window.counts };
  const history = noCounts();
  addCounts(history, fine.window.counts);
  for (const { window, without } of past) addCounts(history, countsWithout(window, without));
  return { usual: fine.window.counts, history };
}

interface TimingResult {
  readonly delays: ReadonlyMap<string, Delay>;
  readonly baselines: GapBaselines;
  readonly unanswered: readonly Unanswered[];
}

function timingAgainst(now: PreparedWindow, fine: Past, past: readonly Past[]): TimingResult {
  const all = [fine, ...past];
  const recent = all
    .filter(({ window }) => window.fromMs < now.fromMs)
    .sort((a, b) => b.window.fromMs - a.window.fromMs)
    .slice(0, lately);
  const baselineOf = (of: readonly Past[]) =>
    gapBaseline(of.flatMap(({ window, without }) => valuesOf(window.timing, without)));
  const baselines =
    recent.length === 0 || recent.length === all.length ? [baselineOf(all)] : [baselineOf(all), baselineOf(recent)];
  const answers = answerBaseline(
    all.flatMap(({ window, without }) => window.timing.sites.filter(({ span }) => !without.has(span.instance))),
  );
  const unanswered = unansweredOf(now.timing.sites, answers);
  return { delays: delaysOf(now.timing, baselines, unanswered), baselines, unanswered };
}

/** How much instances deviated in a window of the past. */
interface TroubleScores {
  readonly structure: ReadonlyMap<string, number>;
  readonly delay: ReadonlyMap<string, number>;
}

/** By what was known until then. */
function troubleIn(window: PreparedWindow, fine: Past, past: readonly Past[], vocabulary: Vocabulary): TroubleScores {
  const credits = structureCredits(window.traces, window.counts, { usual: fine.window.counts }, vocabulary);
  const structure = new Map<string, number>();
  for (const { invocation, surprise, share } of credits) {
    const { instance } = invocation.entry;
    structure.set(instance, (structure.get(instance) ?? 0) + surprise * share);
  }
  const { delays } = timingAgainst(window, fine, past);
  return { structure, delay: new Map([...delays.values()].map(({ instance, score }) => [instance, score] as const)) };
}

/** Who was in trouble, and not only beside somebody who was in more. */
const troubledBy = ({ structure, delay }: TroubleScores): Set<string> =>
  new Set([...highest(structure, troubled.structure), ...highest(delay, troubled.delay)]);

function highest(scores: ReadonlyMap<string, number>, least: number): string[] {
  const most = [...scores.values()].reduce((max, score) => Math.max(max, score), 0);
  return [...scores].flatMap(([name, score]) => (score >= Math.max(least, troubled.part * most) ? [name] : []));
}

const isSurely = ({ structure, delay }: TroubleScores, instance: string): boolean =>
  Math.max(structure.get(instance) ?? 0, delay.get(instance) ?? 0) >= surely;

/** Who deviates a little in many windows is like that: those are kept, so that it is known of it. */
function withoutHabits(past: readonly Past[], scored: readonly TroubleScores[]): readonly Past[] {
  const instances = new Set(past.flatMap(({ without }) => [...without]));
  const habits = new Set(
    [...instances].filter((name) => {
      const seen = past.filter(({ window }) => window.instances.has(name)).length;
      const odd = past.filter(({ without }) => without.has(name)).length;
      return odd > 1 && odd >= habit * seen;
    }),
  );
  return past.map(({ window, without }, at) => ({
    window,
    without: new Set([...without].filter((name) => !habits.has(name) || isSurely(scored[at]!, name))),
  }));
}

/**
 * Trouble lasts: who was surely in trouble in a window is left out of those right before and after as well, where it
 * deviated, even if another instance deviated more.
 */
function withLastingTrouble(past: readonly Past[], scored: readonly TroubleScores[]): readonly Past[] {
  const without = past.map((one) => new Set(one.without));
  const join = (at: number, beside: number): void => {
    const [own, other] = [past[at], past[beside]];
    if (own === undefined || other === undefined) return;
    const near = Math.abs(own.window.fromMs - other.window.fromMs) <= lastsMs;
    const { structure, delay } = scored[at]!;
    for (const name of near ? without[beside]! : []) {
      const deviated = (structure.get(name) ?? 0) >= troubled.structure || (delay.get(name) ?? 0) >= troubled.delay;
      if (deviated && isSurely(scored[beside]!, name)) without[at]!.add(name);
    }
  };
  for (let at = 1; at < past.length; at++) join(at, at - 1);
  for (let at = past.length - 2; at >= 0; at--) join(at, at + 1);
  return past.map(({ window }, at) => ({ window, without: without[at]! }));
}
