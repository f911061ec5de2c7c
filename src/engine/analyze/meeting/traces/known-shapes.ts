import { Effect } from 'effect';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import type { ShapeBookState } from './shape-book.ts';

/** The stored shapes, the newest of them, for a miner without a state. */
export const readKnownShapes = Effect.gen(function* () {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{
    id: string;
    service: string;
    text: string;
    firstMs: number;
    lastMs: number;
    example: string;
  }>(
    `SELECT Id AS id, ServiceName AS service, Text AS text, toFloat64(toUnixTimestamp64Milli(FirstSeen)) AS firstMs,
  toFloat64(toUnixTimestamp64Milli(LastSeen)) AS lastMs, Example AS example
FROM obs_patterns FINAL WHERE Signal = 'traces' ORDER BY LastSeen DESC LIMIT {shapes:UInt32}`,
    { parameters: { shapes: limits.patterns.shapes } },
  );
  return rows.toReversed().map(({ id, ...row }): ShapeBookState[number] => {
    const [path = ''] = row.text.split(' → ');
    return [id, { ...row, operation: path.slice(row.service.length + 1), writtenMs: row.lastMs }];
  });
});
