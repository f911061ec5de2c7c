import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../test/support/random.ts';
import type { TestDaemon } from '../../../test/support/daemon-fixture.ts';
import { type Ledger, judge, type Verdict } from '../kill-loop.ts';
import { countQueries, numberedRequest, readCounts } from '../requests.ts';

export interface SteadyLoad {
  /** Sends until told to stop; a refused request is not sent again. */
  stop(): Promise<void>;
  readonly acknowledgedRows: number;
}

/** Requests of all signals, a few at once, with pauses: what matters is that they never end, not how many they are. */
export function startLoad(
  daemon: TestDaemon,
  ledger: Ledger,
  options: { senders: number; rows: number; pauseMs: number },
): SteadyLoad {
  const random = seededRandom(7);
  const stopping = new AbortController();
  let acknowledgedRows = 0;
  const sender = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const request = ledger.nextRequest++;
      const rows = 1 + random.int(options.rows);
      const { signal, body } = numberedRequest(request, rows, Date.now());
      const status = await daemon.send(signal, body).catch(() => 0);
      if (status === 200) {
        ledger.acknowledged.set(request, rows);
        acknowledgedRows += rows;
      } else ledger[status === 0 ? 'unanswered' : 'refused'] += 1;
      await sleep(options.pauseMs);
    }
  };
  const senders = Array.from({ length: options.senders }, sender);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(senders);
    },
    get acknowledgedRows() {
      return acknowledgedRows;
    },
  };
}

export const newLedger = (): Ledger => ({ acknowledged: new Map(), nextRequest: 0, refused: 0, unanswered: 0 });

/** Rows of a table that came into the store before others that had been acknowledged earlier, beyond the clock's second. */
const outOfOrder = (table: string, request: string): string =>
  `SELECT countIf(ReceivedAt < latest) AS late FROM (
  SELECT ReceivedAt, max(ReceivedAt) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 64 PRECEDING) AS latest
  FROM (SELECT toUInt64(${request}) AS number, min(ReceivedAt) AS ReceivedAt FROM ${table}
    WHERE ServiceName = 'fault-kill' GROUP BY number))`;

export interface StallVerdict extends Verdict {
  readonly outOfOrder: number;
}

/** Waits until nothing waits any more, then holds the store against the ledger. */
export async function judgeDaemon(
  daemon: TestDaemon,
  ledger: Ledger,
  inOrder: readonly string[],
): Promise<StallVerdict> {
  await daemon.eventually(async () => (await daemon.status()).spool.segments === 0);
  const lines = async (sql: string): Promise<string> =>
    (await daemon.rows<object>(sql)).map((row) => JSON.stringify(row)).join('\n');
  const counts = readCounts(
    await lines(countQueries.stored),
    await lines(countQueries.rollup),
    await lines(countQueries.derived),
  );
  let late = 0;
  for (const table of inOrder) {
    const request = table === 'otel_traces' ? "replaceOne(SpanName, 'request ', '')" : "LogAttributes['fault.request']";
    const [row] = await daemon.rows<{ late: string }>(outOfOrder(table, request));
    late += Number(row?.late ?? 0);
  }
  return { ...judge(ledger, counts, 0), outOfOrder: late };
}
