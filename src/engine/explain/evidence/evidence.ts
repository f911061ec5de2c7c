import { createHash } from 'node:crypto';
import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';

/** A statement that shows a claim, not asked yet. It carries its values as literals and orders its rows. */
export interface EvidenceQuery {
  readonly title: string;
  readonly sql: string;
  /** What it gave, where the answer's words were made from it: it is not asked twice. */
  readonly rows?: readonly EvidenceRow[];
}

/** Rows, and the statement that yields them: it runs as it stands on the query endpoint. */
export interface Evidence extends EvidenceQuery {
  /** 10 hex digits, of the statement: `obs evidence ID` runs it again. */
  readonly id: string;
  readonly rows: readonly EvidenceRow[];
}

export type EvidenceRow = Readonly<Record<string, unknown>>;

/** The same statement has the same id, in whichever answer it stands. */
export const evidenceId = (sql: string): string => createHash('sha256').update(sql).digest('hex').slice(0, 10);

export const withRows = ({ title, sql }: EvidenceQuery, rows: readonly EvidenceRow[]): Evidence => ({
  id: evidenceId(sql),
  title,
  sql,
  rows,
});

export const fetchEvidence = Effect.fnUntraced(function* (
  query: EvidenceQuery,
): Effect.fn.Return<Evidence, QueryFailed | EngineUnavailable, QueryClient> {
  if (query.rows !== undefined) return withRows(query, query.rows);
  const client = yield* QueryClient;
  return withRows(query, yield* client.rows<EvidenceRow>(query.sql));
});
