import { startOwnDaemon } from '../support/own-daemon.ts';
import { summary } from '../support/report.ts';
import { bodiesOf, loads } from './loads.ts';
import { makeSender, type Sender } from './senders.ts';
import { startSyncProbe } from './sync-probe.ts';
import { allStored } from './throughput.ts';

export interface Latency {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly refused: number;
  /** From the moment when it was due until its answer, waiting for a free connection included. */
  readonly answerMs: { readonly p50: number; readonly p99: number };
  /** The same bytes appended and synced by a thread beside it, on the same disk. */
  readonly syncMs: { readonly p50: number; readonly p99: number };
  /** From the answer until the rows are counted, by asking every `pollMs`: up to that much too long. */
  readonly queryableMs: { readonly p50: number; readonly p99: number };
}

const pollMs = 20;
/** Enough that a request seldom waits for one: the senders of many services. */
const connections = 64;

/**
 * Requests of 500 spans at a steady rate, whether or not those before were answered. Rows come into the store in the
 * order of the answers, so a request can be queried as soon as that many rows are counted.
 */
export async function measureLatency(spansPerSecond: number, seconds: number): Promise<Latency> {
  const daemon = startOwnDaemon();
  const endpoints = daemon.endpoints;
  const senders = Array.from({ length: connections }, () => makeSender(endpoints, 'traces', 'http-protobuf'));
  try {
    const bodies = bodiesOf('traces', 'http-protobuf');
    const { items } = loads.traces;
    const requestsPerSecond = spansPerSecond / items;
    const queue = new RequestQueue(senders, bodies);
    const { answers } = queue;
    await queue.run(requestsPerSecond, 2);
    await allStored(daemon, 'traces', answers.length * items);
    const warmUp = answers.splice(0).length;
    const endProbe = startSyncProbe(daemon.home, bodies[0]?.length ?? 0);
    const queryable: number[] = [];
    const sending = queue.run(requestsPerSecond, seconds);
    const isOver = sending.then(
      () => true,
      () => true,
    );
    for (let over = false; !over || queryable.length < answers.length;) {
      const rows = await countSpans(endpoints.query);
      const now = performance.now();
      while (queryable.length < answers.length && rows >= (warmUp + queryable.length + 1) * items) {
        queryable.push(now - (answers[queryable.length]?.at ?? now));
      }
      over = await Promise.race([isOver, after(pollMs)]);
    }
    await sending;
    const [answer, sync, visible] = [answers.map(({ tookMs }) => tookMs), await endProbe(), queryable].map((values) => {
      const { median, p99 } = summary(values);
      return { p50: median, p99 };
    });
    if (answer === undefined || sync === undefined || visible === undefined) throw new Error('nothing was measured');
    const requests = answers.length;
    const { refused } = queue;
    return { requestsPerSecond, requests, refused, answerMs: answer, syncMs: sync, queryableMs: visible };
  } finally {
    for (const sender of senders) sender.close();
    await daemon.stop();
  }
}

const after = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms));

/** Requests go out when they are due, on whichever connection is free; the clock of one that waits for it runs. */
class RequestQueue {
  readonly answers: { readonly tookMs: number; readonly at: number }[] = [];
  refused = 0;
  private readonly senders: readonly Sender[];
  private readonly bodies: readonly Buffer[];
  private readonly idle: Sender[];
  private readonly due: number[] = [];
  private sent = 0;

  constructor(senders: readonly Sender[], bodies: readonly Buffer[]) {
    this.senders = senders;
    this.bodies = bodies;
    this.idle = [...senders];
  }

  async run(perSecond: number, seconds: number): Promise<void> {
    const start = performance.now();
    const total = Math.round(perSecond * seconds);
    for (let scheduled = 0; scheduled < total; await after(1)) {
      const now = performance.now();
      for (; scheduled < total; scheduled++) {
        const dueAt = start + (scheduled * 1000) / perSecond;
        if (dueAt > now) break;
        this.due.push(now);
      }
      this.sendDue();
    }
    while (this.idle.length < this.senders.length || this.due.length > 0) await after(5);
  }

  private sendDue(): void {
    while (this.due.length > 0) {
      const sender = this.idle.pop();
      if (sender === undefined) return;
      void this.sendOne(sender, this.due.shift() ?? performance.now());
    }
  }

  private async sendOne(sender: Sender, since: number): Promise<void> {
    const taken = await sender.send(this.bodies[this.sent++ % this.bodies.length] as Buffer);
    const at = performance.now();
    if (taken) this.answers.push({ tookMs: at - since, at });
    else this.refused += 1;
    this.idle.push(sender);
    this.sendDue();
  }
}

/** From the lists of parts, without reading rows. */
async function countSpans(query: string): Promise<number> {
  const answer = await fetch(query, { method: 'POST', body: 'SELECT count() FROM otel_traces FORMAT TSV' });
  return Number(await answer.text());
}
