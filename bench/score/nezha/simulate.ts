import type { RecordLog, RecordSpan, RecordWindow } from '../../../src/engine/cause/records/input.ts';
import { tracesOf, type TreeSpan } from '../../../src/engine/cause/records/trace-spans.ts';
import type { Random } from '../petshop/random.ts';

/** A network delay as `tc netem` makes it on a pod: of what it sends, of what it receives, or both. */
export interface Delayed {
  readonly pod: string;
  readonly direction: 'out' | 'in' | 'both';
  /** The pod at the other end where only messages between the two are delayed; `database` for those to databases. */
  readonly peer: string | null;
  readonly delayMs: number;
  /** Of its messages, 0 to 1. */
  readonly share: number;
}

/** Messages vary by a tenth; some begin a connection, whose handshake is delayed as well. */
const jitter = 0.1;
const connecting = 0.1;
/** Callees on other hosts seem to end so much after their callers, whose clocks differ. */
const skewMs = 10;
export const database = 'database';

export interface Simulated {
  readonly window: RecordWindow;
  /** Calls with a delayed message. */
  readonly calls: number;
}

/**
 * The window as it would have been: what was waited for begins and ends later, with its log lines. A callee begins later
 * by the delay of the request, its caller goes on later by that of the answer; what began when a call had ended begins
 * when it now ends.
 */
export function withDelay(window: RecordWindow, delayed: Delayed, random: Random): Simulated {
  const spans: RecordSpan[] = [];
  const logs: RecordLog[] = [];
  let calls = 0;
  for (const { spans: own, logs: lines } of tracesOf(window)) {
    const moved = new Map<string, Moved>();
    const place = (span: TreeSpan, startShift: number): number => {
      const ended: Ended[] = [];
      for (const child of span.children) {
        const before = shiftAt(ended, child.startMs, startShift);
        const [request, answer] = crossing(span.instance, child.instance);
        if (request + answer > 0) calls++;
        const shift = place(child, before + request) + answer;
        ended.push({ atMs: child.startMs + child.durationMs, shift });
      }
      const own = toDatabase(span);
      if (own > 0) calls++;
      const endMs = span.startMs + span.durationMs;
      const endShift = shiftAt(ended, endMs + skewMs, startShift) + own;
      moved.set(span.spanId, { startShift, ended });
      const { parent: _parent, children: _children, ...record } = span;
      spans.push({
        ...record,
        startMs: span.startMs + startShift,
        durationMs: Math.max(0, span.durationMs + endShift - startShift),
      });
      return endShift;
    };
    for (const span of own) if (span.parent === undefined) place(span, 0);
    for (const log of lines) {
      const owner = moved.get(log.spanId);
      const shift = owner === undefined ? 0 : shiftAt(owner.ended, log.timeMs, owner.startShift);
      logs.push({ ...log, timeMs: log.timeMs + shift });
    }
  }
  return { window: { ...window, spans, logs }, calls };

  /** Delays of the request and of the answer of one call. */
  function crossing(caller: string, callee: string): readonly [number, number] {
    if (caller === callee || (caller !== delayed.pod && callee !== delayed.pod)) return [0, 0];
    const other = caller === delayed.pod ? callee : caller;
    if (delayed.peer !== null && delayed.peer !== other) return [0, 0];
    return caller === delayed.pod ? [sent(true), received()] : [received(true), sent()];
  }

  function toDatabase(span: TreeSpan): number {
    if (span.instance !== delayed.pod || span.database === '' || span.children.length > 0) return 0;
    if (delayed.peer !== null && delayed.peer !== database) return 0;
    return sent() + received();
  }

  function sent(begins = false): number {
    return delayed.direction === 'in' ? 0 : message(begins);
  }
  function received(begins = false): number {
    return delayed.direction === 'out' ? 0 : message(begins);
  }
  function message(begins: boolean): number {
    if (random.next() >= delayed.share) return 0;
    const times = begins && random.next() < connecting ? 2 : 1;
    return times * delayed.delayMs * (1 + jitter * (2 * random.next() - 1));
  }
}

interface Ended {
  readonly atMs: number;
  readonly shift: number;
}
interface Moved {
  readonly startShift: number;
  readonly ended: readonly Ended[];
}

/** What happens then happens so much later: when all has ended that had ended by then. */
const shiftAt = (ended: readonly Ended[], timeMs: number, least: number): number =>
  ended.reduce((most, { atMs, shift }) => (atMs <= timeMs ? Math.max(most, shift) : most), least);
