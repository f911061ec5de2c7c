import { Data } from 'effect';
import type { EngineUnavailable, QueryFailed, QueryRefused } from '../../domain/errors.ts';
import { errorCode, type ErrorName } from '../guard/error-codes.ts';
import { clickHouseCode } from '../query-error.ts';

/** An error as ClickHouse's HTTP interface answers it: a number, a text with the error's name, and a status. */
export class ClickHouseException extends Data.TaggedError('ClickHouseException')<{
  readonly code: number;
  /** Ends with the name in brackets: `Unknown table … (UNKNOWN_TABLE)`. */
  readonly message: string;
  /** Where HTTP itself says more than the code does. */
  readonly status?: number;
}> {}

export function exception(name: ErrorName, text: string, status?: number): ClickHouseException {
  const message = `${text}. (${name})`;
  return new ClickHouseException({ code: errorCode[name], message, ...(status === undefined ? {} : { status }) });
}

export function asException(error: QueryFailed | QueryRefused | EngineUnavailable): ClickHouseException {
  switch (error._tag) {
    case 'QueryRefused':
      return exception('ACCESS_DENIED', `The query was refused: ${error.reason}`);
    case 'EngineUnavailable':
      return exception('NETWORK_ERROR', `No engine answers at ${error.endpoint}: ${error.reason}`, 503);
    case 'QueryFailed':
      return new ClickHouseException({ code: error.code, message: error.message });
  }
}

/** Statuses by code, as `src/Server/HTTP/exceptionCodeToHTTPStatus.cpp` has them. */
const statuses: readonly (readonly [number, readonly number[]])[] = [
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  [408, [159]],
  [411, [381]],
  [413, [229]],
  [415, [779]],
  [501, [48]],
  [503, [76, 209, 439]],
];
const statusOf = new Map(statuses.flatMap(([status, codes]) => codes.map((code) => [code, status] as const)));

/**
 * What is the engine's own failure and no statement's: a broken invariant, files, memory, network, what a library threw.
 * ClickHouse answers 500 to all codes it has no status for; here such a code is the statement's mistake, and 400.
 */
const ownFailures: ReadonlySet<number> = new Set([
  40, 49, 74, 75, 107, 173, 210, 226, 228, 241, 243, 246, 252, 271, 394, 425, 432, 1000, 1001, 1002,
]);

/**
 * ClickHouse names whose limit was exceeded: that of the query or the user, which statements set, or the engine's
 * (`(total)`). Older servers write `Memory limit (for query) exceeded`.
 */
const ownMemoryLimit = /^(?:(?:Query|User) memory limit exceeded|Memory limit \(for (?:query|user)\) exceeded)/;

export function httpStatus(error: ClickHouseException): number {
  if (error.code === clickHouseCode.memoryLimitExceeded && ownMemoryLimit.test(error.message)) return 400;
  return error.status ?? statusOf.get(error.code) ?? (ownFailures.has(error.code) ? 500 : 400);
}

/** The body of the answer: `Code: 62. DB::Exception: Syntax error: … (SYNTAX_ERROR) (version 26.7.2.1 (obs))`. */
export function exceptionText(error: ClickHouseException, version: string): string {
  return `Code: ${error.code}. DB::Exception: ${error.message} (version ${version} (obs))\n`;
}
