import { type ObsError, QueryFailed } from '../domain/errors.ts';

/** ClickHouse's numbers for the errors that obs itself looks at. */
export const clickHouseCode = {
  badArguments: 36,
  tableAlreadyExists: 57,
  unknownTable: 60,
  fileDoesNotExist: 107,
  unknownSetting: 115,
  timeoutExceeded: 159,
  memoryLimitExceeded: 241,
  queryWasCancelled: 394,
  tooManyRowsOrBytes: 396,
  /** UNKNOWN_EXCEPTION: the engine said nothing that could be read. */
  unknown: 1002,
} as const;

/** Refusals that come again until somebody changes the configuration, here or on the server. */
const ofConfiguration: ReadonlySet<number> = new Set([
  81, // UNKNOWN_DATABASE
  164, // READONLY
  192, // UNKNOWN_USER
  193, // WRONG_PASSWORD
  194, // REQUIRED_PASSWORD
  478, // UNKNOWN_POLICY
  497, // ACCESS_DENIED
  516, // AUTHENTICATION_FAILED
  701, // CLUSTER_DOESNT_EXIST
]);

/** That a server is away, overloaded or not whole passes by itself; a wrong password, a schema of a newer obs do not. */
export function isOfConfiguration(error: ObsError): boolean {
  return error._tag === 'ConfigInvalid' || (error._tag === 'QueryFailed' && ofConfiguration.has(error.code));
}

/** From what a driver threw, whichever it was: ClickHouse writes `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`. */
export function toQueryFailed(error: unknown, sql?: string): QueryFailed {
  if (error instanceof QueryFailed) return error;
  const text = error instanceof Error ? error.message : String(error);
  const said = /Code: (\d+)\./.exec(text)?.[1] ?? textField(error, 'code');
  const code = said !== undefined && /^\d+$/.test(said) ? Number(said) : clickHouseCode.unknown;
  const name = textField(error, 'type');
  const message = cleanMessage(name === undefined ? text : `${text.trim()} (${name})`);
  return sql === undefined ? new QueryFailed({ code, message }) : new QueryFailed({ code, message, sql });
}

/**
 * Without the prefixes and the version, which tell a person nothing: `Unknown table … (UNKNOWN_TABLE)`.
 * The error's name in brackets stays: it is what one searches for.
 */
export function cleanMessage(text: string): string {
  return text
    .replace(/^(?:Code: \d+\. )?(?:DB::Exception: )?(?:Code: \d+\. DB::Exception: )*/, '')
    .replace(/\s*\(version [^)]*\)/g, '')
    .replace(/(\. )?(\([A-Z_]{4,}\))\.? \2$/, '$1$2')
    .trim();
}

/** `@clickhouse/client` takes number and name out of its messages, into the fields `code` and `type`. */
function textField(error: unknown, field: 'code' | 'type'): string | undefined {
  if (typeof error !== 'object' || error === null || !(field in error)) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
