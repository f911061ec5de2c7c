import { delayed, delaysMs, shares } from './delay-model.ts';
import { binOf, crossingValues, ownValue, type GapBaseline, type GapValue } from './gap-baseline.ts';
import type { Timing } from './gaps.ts';
import type { TreeSpan } from './trace-spans.ts';
import type { Unanswered } from './unanswered.ts';

/** How an instance may be slow: its network in both directions or one, or by itself. */
const delayModes = ['both', 'out', 'in', 'slow'] as const;
export type DelayMode = (typeof delayModes)[number];

const floor = -4;
const ceiling = 30;
/** Of what lies above the ceiling. */
const beyond = 0.1;
/** The price of choosing mode, delay and share after the fact. */
const price = 3;
/** Calls of a group are no independent draws, those of one trace even less. */
const groupPower = -0.2;
const tracePower = -0.5;
const ownTimeShare = 0.5;
const ownTimeLeast = 2;

/** One time with what is usual for it. */
export interface Measured {
  readonly value: GapValue;
  readonly span: TreeSpan;
  readonly usualMs: number;
  readonly excessMs: number;
}

/** Times of one kind that one hypothesis explains together. */
export interface DelayGroup {
  readonly kind: GapValue['kind'];
  readonly role: 'caller' | 'callee' | 'self';
  /** The service on the other side; of own times the operation. */
  readonly other: string;
  readonly measured: Measured[];
  readonly traces: Set<string>;
  readonly cells: Map<string, Cell>;
}

interface Cell {
  readonly bin: number;
  readonly usual: number;
  count: number;
}

/** The likeliest delay of an instance. */
export interface Delay {
  readonly instance: string;
  readonly score: number;
  readonly mode: DelayMode;
  /** The service on the other side where messages between the two alone are delayed; else null. */
  readonly peer: string | null;
  readonly delayMs: number;
  readonly share: number;
  /** With what each adds to the score, the most telling first. */
  readonly groups: readonly { readonly group: DelayGroup; readonly score: number }[];
  readonly unanswered: readonly Unanswered[];
}

/** Baselines that must agree: all that is usual, and what was so lately. */
export type GapBaselines = readonly GapBaseline[];

/** The excess over the baseline that leaves the least, and the larger probability of it. */
export function measure(
  value: GapValue,
  baselines: GapBaselines,
): { readonly usualMs: number; readonly excessMs: number; readonly bin: number; readonly usual: number } | undefined {
  const known = baselines.flatMap((baseline) => baseline.usualOf(value) ?? []);
  if (known.length === 0) return undefined;
  const usualMs = known.reduce((most, { medianMs }) => Math.max(most, medianMs), -Infinity);
  const bin = binOf(value.ms - usualMs);
  const usual = known.reduce((most, { probabilities }) => Math.max(most, probabilities[bin]!), 0);
  return { usualMs, excessMs: value.ms - usualMs, bin, usual };
}

/** Every instance's likeliest delay, where one is likelier than none. */
export function delaysOf(
  timing: Timing,
  baselines: GapBaselines,
  unanswered: readonly Unanswered[],
): ReadonlyMap<string, Delay> {
  const groups = groupsOf(timing, baselines);
  const instances = new Set([...groups.keys(), ...unanswered.flatMap(({ caller, callee }) => [caller, callee])]);
  const found = new Map<string, Delay>();
  for (const instance of instances) {
    const own = unanswered.filter(({ caller, callee }) => caller === instance || callee === instance);
    const delay = likeliest(instance, [...(groups.get(instance)?.values() ?? [])], own);
    if (delay !== undefined) found.set(instance, delay);
  }
  return found;
}

function groupsOf(timing: Timing, baselines: GapBaselines): Map<string, Map<string, DelayGroup>> {
  const groups = new Map<string, Map<string, DelayGroup>>();
  const note = (instance: string, role: DelayGroup['role'], other: string, value: GapValue, span: TreeSpan): void => {
    const found = measure(value, baselines);
    if (found === undefined) return;
    const own = groups.get(instance) ?? new Map<string, DelayGroup>();
    groups.set(instance, own);
    const name = [value.kind, role, other].join('\u0000');
    const group: DelayGroup = own.get(name) ?? {
      kind: value.kind,
      role,
      other,
      measured: [],
      traces: new Set(),
      cells: new Map(),
    };
    own.set(name, group);
    group.measured.push({ value, span, usualMs: found.usualMs, excessMs: found.excessMs });
    group.traces.add(span.traceId);
    const cellName = `${found.bin} ${found.usual}`;
    const cell = group.cells.get(cellName);
    if (cell === undefined) group.cells.set(cellName, { bin: found.bin, usual: found.usual, count: 1 });
    else cell.count++;
  };
  for (const { span, callee, beforeMs, afterMs } of timing.crossings) {
    for (const value of crossingValues(span.service, callee.service, callee.name, beforeMs, afterMs)) {
      note(span.instance, 'caller', callee.service, value, span);
      note(callee.instance, 'callee', span.service, value, span);
    }
  }
  for (const { span, ms, isDatabase } of timing.own) {
    note(span.instance, 'self', isDatabase ? '' : span.name, ownValue(span.service, span.name, ms, isDatabase), span);
  }
  return groups;
}

/** How an instance may be slow, and at what price: that one of its edges is chosen after the fact as well. */
interface Hypothesis {
  readonly mode: DelayMode;
  readonly peer: string | null;
  readonly price: number;
}

/** A database that is slow is what `slow` means: only other services are peers. */
const peerOf = ({ role, other }: DelayGroup): string | null => (role === 'self' ? null : other);

function hypothesesOf(groups: readonly DelayGroup[]): readonly Hypothesis[] {
  const peers = [...new Set(groups.flatMap((group) => peerOf(group) ?? []))];
  const whole = delayModes.map((mode) => ({ mode, peer: null, price }));
  if (peers.length < 2) return whole;
  const edges = peers.flatMap((peer) =>
    (['both', 'out', 'in'] as const).map((mode) => ({ mode, peer, price: price + Math.log(peers.length) })),
  );
  return [...whole, ...edges];
}

function likeliest(
  instance: string,
  groups: readonly DelayGroup[],
  unanswered: readonly Unanswered[],
): Delay | undefined {
  let best: Delay | undefined;
  const hypotheses = hypothesesOf(groups);
  const lostWith = (peer: string | null, mode: DelayMode): readonly Unanswered[] =>
    mode === 'slow'
      ? []
      : unanswered.filter(
          ({ caller, span, calleeService }) =>
            peer === null || peer === (caller === instance ? calleeService : span.service),
        );
  const lost = hypotheses.map(({ peer, mode }) => lostWith(peer, mode));
  const lostTogether = lost.map((own) =>
    [...Map.groupBy(own, ({ caller, callee }) => (caller === instance ? callee : caller)).values()].reduce(
      (sum, { length }) => sum + length ** 0.8,
      0,
    ),
  );
  for (const [at, delayMs] of delaysMs.entries()) {
    for (const share of shares) {
      const scores = groups.map((group) => scoreOf(group, delayed[at]!, share));
      for (const [which, { mode, peer, price: paid }] of hypotheses.entries()) {
        const parts = groups.map((group, index) => ({
          group,
          score: peer === null || peerOf(group) === peer ? partOf(group, scores[index]!, mode) : 0,
        }));
        const ofLost = lostTogether[which]! * Math.log(1 + 29 * share);
        const score = parts.reduce((sum, part) => sum + part.score, 0) + ofLost - paid;
        if (score <= 0 || (best !== undefined && score <= best.score)) continue;
        const telling = parts.filter((part) => part.score > 0).sort((a, b) => b.score - a.score);
        best = { instance, score, mode, peer, delayMs, share, groups: telling, unanswered: lost[which]! };
      }
    }
  }
  return best;
}

/** Log-likelihood ratio of a share of the calls being delayed against none, damped as calls are no independent draws. */
function scoreOf({ cells, measured, traces }: DelayGroup, probabilities: Float64Array, share: number): number {
  let sum = 0;
  for (const { bin, usual, count } of cells.values()) {
    sum += count * Math.log(1 - share + (share * probabilities[bin]!) / usual);
  }
  const damped = (measured.length / traces.size) ** tracePower * measured.length ** groupPower * sum;
  return damped > ceiling ? ceiling + beyond * (damped - ceiling) : Math.max(floor, damped);
}

/** What a group says under a mode: what should be delayed and is not argues against it. */
function partOf({ kind, role }: DelayGroup, score: number, mode: DelayMode): number {
  if (kind === 'own') return mode === 'slow' ? score : ownTimeShare * Math.max(0, score - ownTimeLeast);
  if (kind === 'database') return mode === 'in' ? 0 : score;
  if (mode === 'slow') return 0;
  const leaves = (kind === 'before') === (role === 'caller');
  return mode === 'both' || (mode === 'out') === leaves ? score : 0;
}
