import { Effect, Schema } from 'effect';
import { changeKinds } from './changes/change.ts';
import { BadInput } from './errors.ts';

const ToldChange = Schema.Struct({
  id: Schema.String,
  atMs: Schema.Number,
  kind: Schema.Literals(changeKinds),
  service: Schema.String,
  environment: Schema.String,
  fromVersion: Schema.String,
  toVersion: Schema.String,
  note: Schema.String,
  link: Schema.String,
  /** Whether somebody said when; else one of this id keeps the time that it has. */
  isTimed: Schema.Boolean,
});
/** A change as a command tells of it. */
export type ToldChange = typeof ToldChange.Type;

const AnalyzeTask = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('note'), incident: Schema.String, note: Schema.String }),
  Schema.Struct({ kind: Schema.Literal('train'), scope: Schema.NullOr(Schema.String) }),
  Schema.Struct({ kind: Schema.Literal('pin'), model: Schema.String }),
  Schema.Struct({ kind: Schema.Literal('unpin'), scope: Schema.String }),
  Schema.Struct({ kind: Schema.Literal('rollback'), scope: Schema.String }),
  Schema.Struct({ kind: Schema.Literal('import'), file: Schema.String }),
  Schema.Struct({ kind: Schema.Literal('change'), change: ToldChange }),
]);
/** What commands ask of whoever writes the analyzer's tables: the running daemon's analyzer, or the command itself. `import` names a file that both can read. */
export type AnalyzeTask = typeof AnalyzeTask.Type;

/** Sentences for the person who asked; `ok` false: nothing was changed. */
export interface AnalyzeResult {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(AnalyzeTask));

export const parseAnalyzeTask = (json: string): Effect.Effect<AnalyzeTask, BadInput> =>
  decode(json, { onExcessProperty: 'error' }).pipe(
    Effect.mapError(
      ({ message }) =>
        new BadInput({
          what: 'This is no task of the analyzer',
          why: message.replaceAll(/\s*\n\s*/g, ' '),
          hint: '{"kind":"note","incident":"0f3a","note":"pool exhaustion in payment"}',
        }),
    ),
  );
