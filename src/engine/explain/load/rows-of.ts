import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';

/** The rows that a statement yields, each made into what it stands for. */
export const rowsOf = <Row, A>(
  sql: string,
  map: (row: Row) => A,
): Effect.Effect<readonly A[], QueryFailed | EngineUnavailable, QueryClient> =>
  Effect.flatMap(QueryClient, (client) => Effect.map(client.rows<Row>(sql), (rows) => rows.map(map)));
