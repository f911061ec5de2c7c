import { Effect, Schema } from 'effect';
import { BadInput } from './errors.ts';
import { signals } from './signals.ts';

const Day = Schema.String.check(
  Schema.makeFilter((text: string) => isDay(text), { expected: 'a day such as 2026-01-31' }),
);
const Bytes = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));

/** Days before this one (`2026-01-31`), or the oldest days until no more than so many bytes are left. */
const PruneRule = Schema.Union([Schema.Struct({ before: Day }), Schema.Struct({ toBytes: Bytes })]);
export type PruneRule = typeof PruneRule.Type;

const StorageTask = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('backup'), name: Schema.String }),
  Schema.Struct({
    kind: Schema.Literal('prune'),
    rule: PruneRule,
    signals: Schema.Array(Schema.Literals(signals)).check(Schema.isMinLength(1)),
    dryRun: Schema.Boolean,
  }),
]);
/** What `obs storage` asks of whoever holds the store: the running daemon's engine, or the command itself. */
export type StorageTask = typeof StorageTask.Type;

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(StorageTask));

/** Nothing is taken for granted: what is left out, or is one thing too many, might let go of what nobody meant. */
export const parseStorageTask = (json: string): Effect.Effect<StorageTask, BadInput> =>
  decode(json, { onExcessProperty: 'error' }).pipe(
    Effect.mapError(
      ({ message }) =>
        new BadInput({
          what: 'This is no task of the store',
          why: message.replaceAll(/\s*\n\s*/g, ' '),
          hint: '{"kind":"prune","rule":{"before":"2026-01-31"},"signals":["logs"],"dryRun":true}',
        }),
    ),
  );

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** A day of a table that was dropped, or would be. */
export interface DroppedPartition {
  readonly table: string;
  /** `2026-01-31` */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface BackupReport {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly elapsedMs: number;
}

export type StorageResult =
  | { readonly kind: 'backup'; readonly backup: BackupReport }
  | { readonly kind: 'prune'; readonly dropped: readonly DroppedPartition[] };
