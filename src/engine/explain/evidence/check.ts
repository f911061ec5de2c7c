import { Effect } from 'effect';
import { errorCode } from '../../store/guard/error-codes.ts';
import { QueryClient } from '../../store/query-client.ts';
import { evidenceId, type Evidence, type EvidenceRow } from './evidence.ts';

/** What became of a piece of evidence when its statement was run again. */
export type Recheck =
  | { readonly id: string; readonly holds: true; readonly rows: number }
  | { readonly id: string; readonly holds: false; readonly differences: Differences }
  /** Nothing is there any more to compare with: its rows or its table. */
  | { readonly id: string; readonly gone: string }
  /** The statement was not run to its end, so nothing is known: refused, out of time, no engine. */
  | { readonly id: string; readonly unchecked: string };

export interface Differences {
  readonly rowsBefore: number;
  readonly rowsNow: number;
  /** Rows of one side alone; of each the first `mostDiffering`. */
  readonly onlyBefore: OneSide;
  readonly onlyNow: OneSide;
}

export interface OneSide {
  readonly count: number;
  readonly first: readonly EvidenceRow[];
}

const mostDiffering = 5;

/** The word for it, as commands and `--json` have it. */
export function resultOf(check: Recheck): 'holds' | 'differs' | 'gone' | 'unchecked' {
  if ('gone' in check) return 'gone';
  if ('unchecked' in check) return 'unchecked';
  return check.holds ? 'holds' : 'differs';
}

/**
 * Runs the statement of a piece of evidence again and compares the rows with those that it came with. Values must be
 * equal to the last digit; of rows only how often each comes counts, since equal values leave their order open.
 */
export const recheck = Effect.fn('recheckEvidence')(function* ({
  id,
  sql,
  rows,
}: Evidence): Effect.fn.Return<Recheck, never, QueryClient> {
  if (evidenceId(sql) !== id) return { id, unchecked: 'its statement is not the one that this id stands for' };
  const client = yield* QueryClient;
  const now = yield* client.rows<EvidenceRow>(sql).pipe(
    Effect.map((answer) => ({ answer })),
    Effect.catchTags({
      QueryFailed: ({ code, message }) =>
        Effect.succeed(
          code === errorCode.UNKNOWN_TABLE ? { gone: oneSentence(message) } : { unchecked: oneSentence(message) },
        ),
      EngineUnavailable: ({ endpoint, reason }) =>
        Effect.succeed({ unchecked: `no engine answers at ${endpoint}: ${oneSentence(reason)}` }),
    }),
  );
  if (!('answer' in now)) return { id, ...now };
  if (now.answer.length === 0 && rows.length > 0) return { id, gone: goneRows(rows.length) };
  const differences = compareRows(rows, now.answer);
  return differences === null ? { id, holds: true, rows: rows.length } : { id, holds: false, differences };
});

/** The rows of one side alone; null when both sides have the same rows, each as often. */
export function compareRows(before: readonly EvidenceRow[], now: readonly EvidenceRow[]): Differences | null {
  const onlyBefore = without(before, now);
  const onlyNow = without(now, before);
  if (onlyBefore.length === 0 && onlyNow.length === 0) return null;
  const side = (rows: readonly EvidenceRow[]): OneSide => ({ count: rows.length, first: rows.slice(0, mostDiffering) });
  return {
    rowsBefore: before.length,
    rowsNow: now.length,
    onlyBefore: side(onlyBefore),
    onlyNow: side(onlyNow),
  };
}

function without(rows: readonly EvidenceRow[], others: readonly EvidenceRow[]): readonly EvidenceRow[] {
  const left = new Map<string, number>();
  for (const row of others) {
    const key = keyOf(row);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return rows.filter((row) => {
    const key = keyOf(row);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
}

/** The same for the same values, whatever the order of an object's names: a file may have been written anew. */
const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

const goneRows = (count: number): string =>
  count === 1
    ? 'its row is not in the store any more: past its retention, or another store'
    : `none of its ${count} rows is in the store any more: past their retention, or another store`;

const oneSentence = (message: string): string => message.trim().replace(/\.(?= \([A-Z_]+\)$)|\.$/, '');
