import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';

/**
 * ClickHouse error codes (`src/Common/ErrorCodes.cpp`) that say: these bytes will not go into that table, however often
 * it is tried. Everything else (memory, space, too many parts, time, a table not migrated yet) may pass.
 */
const refusals = new Set([
  6, // CANNOT_PARSE_TEXT
  7, // INCORRECT_NUMBER_OF_COLUMNS
  8, // THERE_IS_NO_COLUMN
  9, // SIZES_OF_COLUMNS_DOESNT_MATCH
  10, // NOT_FOUND_COLUMN_IN_BLOCK
  15, // DUPLICATE_COLUMN
  16, // NO_SUCH_COLUMN_IN_TABLE
  20, // NUMBER_OF_COLUMNS_DOESNT_MATCH
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  50, // UNKNOWN_TYPE
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  117, // INCORRECT_DATA
  128, // TOO_LARGE_ARRAY_SIZE
  131, // TOO_LARGE_STRING_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  246, // CORRUPTED_DATA
  271, // CANNOT_DECOMPRESS
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
]);

/**
 * `refused`: the engine read the segment and will not have it; `gone`: nobody answers, so no other segment fares better;
 * `later`: this one may do at the next try.
 */
export type LoadVerdict = 'refused' | 'gone' | 'later';

export function loadVerdict(error: QueryFailed | EngineUnavailable): LoadVerdict {
  if (error._tag === 'EngineUnavailable') return 'gone';
  return refusals.has(error.code) ? 'refused' : 'later';
}

export function describeLoadError(error: QueryFailed | EngineUnavailable): string {
  return error._tag === 'EngineUnavailable'
    ? `no engine at ${error.endpoint}: ${error.reason}`
    : `ClickHouse error ${error.code}: ${error.message}`;
}
