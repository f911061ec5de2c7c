import { type Signal, signals } from '../../../src/engine/domain/signals.ts';
import type { StorageTask } from '../../../src/engine/domain/storage-task.ts';
import { everyFieldRequest } from '../../../test/support/every-field.ts';
import { protobufOfJson } from '../../../test/support/otlp-proto.ts';

/** Small good inputs that mutations start from; each with every field somewhere. */
export interface Corpus {
  readonly protobuf: Readonly<Record<Signal, readonly Buffer[]>>;
  readonly json: Readonly<Record<Signal, readonly Buffer[]>>;
  readonly statements: readonly Buffer[];
  /** For `/storage?task=`; as they stand they change nothing. */
  readonly tasks: readonly Buffer[];
}

const statements = [
  "SELECT count() FROM otel_traces WHERE Duration > 10 AND SpanAttributes['k'] = 'v'",
  'WITH t AS (SELECT ServiceName, sum(Calls) AS c FROM obs_red_10s GROUP BY ServiceName) SELECT * FROM t ORDER BY c LIMIT 5',
  "SELECT TraceId FROM otel_logs WHERE Body ILIKE '%x%' /* c */ LIMIT 1 SETTINGS max_threads = 1 FORMAT JSON",
  'SHOW TABLES',
  'DESCRIBE TABLE otel_logs',
  'EXPLAIN SELECT 1 UNION ALL SELECT 2',
  'SELECT {x:UInt8} + 1, arrayMap(x -> x + 1, [1, 2]), `a b`.1, "q" FROM system.one -- end',
];
const tasks: readonly StorageTask[] = [
  { kind: 'prune', rule: { before: '2026-01-31' }, signals: ['traces', 'logs', 'metrics'], dryRun: true },
  { kind: 'prune', rule: { toBytes: 1_073_741_824 }, signals: ['logs'], dryRun: true },
  { kind: 'backup', name: '../elsewhere' },
];
/** Longer ones make few new cases and take long. */
const largest = 4000;

export function makeCorpus(seed: number): Corpus {
  const of = (make: (signal: Signal, seed: number) => Buffer): Record<Signal, Buffer[]> => {
    const inputs = (signal: Signal): Buffer[] =>
      Array.from({ length: 60 }, (_, n) => make(signal, seed + n)).filter((input) => input.length < largest);
    const [traces, logs, metrics] = signals.map(inputs) as [Buffer[], Buffer[], Buffer[]];
    return { traces, logs, metrics };
  };
  const now = Date.now();
  return {
    protobuf: of((signal, n) => Buffer.from(protobufOfJson(signal, everyFieldRequest(signal, n, now)))),
    json: of((signal, n) => Buffer.from(JSON.stringify(everyFieldRequest(signal, n, now)))),
    statements: statements.map((sql) => Buffer.from(sql)),
    tasks: tasks.map((task) => Buffer.from(JSON.stringify(task))),
  };
}
