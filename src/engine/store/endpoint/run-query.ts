import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, QueryRefused } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { capped, judgeSetting } from '../guard/allowed-settings.ts';
import { isAllowedFormat } from '../guard/allowed-names.ts';
import { guardStatement } from '../guard/guard-statement.ts';
import { blockRowsFor } from '../guard/small-blocks.ts';
import { Store, type StatementResult } from '../store.ts';
import { exception, type ClickHouseException } from './exception.ts';
import { nativeOfRevision, NotRewritable } from './native-revision.ts';
import type { QueryRequest } from './query-request.ts';
import { sharingSettings } from './shared-answers.ts';

export interface QueryAnswer {
  readonly format: string;
  readonly result: StatementResult;
}

export type QueryError = ClickHouseException | QueryFailed | QueryRefused | EngineUnavailable;

const fallbackFormat = 'TabSeparated';
/** How much longer than its own limit a query may take before it is killed: the engine looks at its clock between blocks. */
const graceMs = 300;

/** Guards a request's statement and runs it under the endpoint's limits. Interrupting it kills the query in the engine. */
export const runQuery = Effect.fnUntraced(function* (
  request: QueryRequest,
  database: string,
): Effect.fn.Return<QueryAnswer, QueryError, Store> {
  const store = yield* Store;
  const settings = yield* boundedSettings(request.settings);
  if (request.database !== undefined && !['', 'default', database].includes(request.database)) {
    return yield* exception(
      'UNKNOWN_DATABASE',
      `Database ${request.database} does not exist; the store's is ${database}`,
    );
  }
  if (request.format !== undefined && !isAllowedFormat(request.format)) {
    return yield* exception('UNKNOWN_FORMAT', `Unknown format ${request.format}`);
  }
  const timeMs = settings['max_execution_time'] * 1000;
  const guarded = yield* guardStatement(request.sql, request.parameters);
  const format = guarded.format ?? request.format ?? fallbackFormat;
  const result = yield* store
    .run({
      sql: guarded.sql,
      format,
      parameters: request.parameters,
      settings: { ...blockSettings(guarded.sql), ...settings },
      // Who asks for more time than others get is not a live dashboard.
      priority: timeMs > limits.query.timeMs ? 'analytical' : 'interactive',
    })
    .pipe(
      Effect.timeoutOrElse({
        duration: timeMs + graceMs,
        orElse: () => Effect.fail(exception('TIMEOUT_EXCEEDED', `Timeout exceeded: maximum: ${timeMs} ms`)),
      }),
    );
  if (result.body.length > limits.query.resultBytes) {
    return yield* exception(
      'TOO_MANY_ROWS_OR_BYTES',
      `Limit for result exceeded, max bytes: ${limits.query.resultBytes}, current bytes: ${result.body.length}`,
    );
  }
  if (format !== 'Native' || request.revision === 0) return { format, result };
  const body = yield* Effect.try({
    try: () => nativeOfRevision(result.body, request.revision),
    catch: (error) => notRewritten(error, request.revision),
  });
  return { format, result: { ...result, body } };
});

/** A statement is stopped between blocks: what one block may be. A request may ask for blocks of another size. */
function blockSettings(sql: string): Readonly<Record<string, number>> {
  const rows = blockRowsFor(sql);
  return rows === undefined ? {} : { max_block_size: rows };
}

function notRewritten(error: unknown, revision: number): ClickHouseException {
  const what = error instanceof NotRewritable ? error.message : String(error);
  const instead = 'ask for another format, or convert the column (toString, finalizeAggregation)';
  return exception(
    'NOT_IMPLEMENTED',
    `The Native format of revision ${revision} cannot carry ${what} here; ${instead}`,
  );
}

type Bounded = Readonly<Record<string, string | number>> & { readonly max_execution_time: number };

/** The request's settings where they are allowed, and the endpoint's limits where it asks for none or for more. */
function boundedSettings(asked: Readonly<Record<string, string>>): Effect.Effect<Bounded, ClickHouseException> {
  const settings: Record<string, string | number> = {
    max_result_rows: limits.query.resultRows,
    max_result_bytes: limits.query.resultBytes,
    max_memory_usage: limits.query.memoryBytes,
    function_range_max_elements_in_block: limits.query.rangeElements,
    result_overflow_mode: 'throw',
    timeout_overflow_mode: 'throw',
  };
  let time = limits.query.timeMs / 1000;
  for (const [name, value] of Object.entries(asked)) {
    if (sharingSettings.has(name)) continue;
    const verdict = judgeSetting(name, value);
    if (verdict.verdict === 'refused')
      return Effect.fail(exception('READONLY', `Cannot modify a setting in readonly mode: ${verdict.reason}`));
    if (verdict.verdict === 'ignored') continue;
    if (name === 'max_execution_time') time = capped(value, verdict.cap ?? time);
    else settings[name] = verdict.cap === undefined ? value : capped(value, verdict.cap);
  }
  return Effect.succeed({ ...settings, max_execution_time: time });
}
