import { Effect } from 'effect';
import type { ToldChange } from '../../domain/analyze-task.ts';
import { changeId, type ChangeKind } from '../../domain/changes/change.ts';
import { BadInput } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { changesTable } from '../../domain/schema/own/changes.ts';
import { printable } from '../../domain/printable.ts';
import { parseMoment } from '../../domain/time-range.ts';

/** What was typed. */
export interface TypedChange {
  readonly service: string;
  readonly kind: ChangeKind;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Undefined: now. */
  readonly at?: string | undefined;
  readonly environment?: string | undefined;
  readonly note?: string | undefined;
  readonly link?: string | undefined;
  readonly id?: string | undefined;
}

const dayMs = 24 * 3_600_000;

/** A change as `obs change add` tells of it. Without `--id` the same words of the same moment have the same id. */
export const readToldChange = Effect.fnUntraced(function* (
  typed: TypedChange,
  nowMs: number,
): Effect.fn.Return<ToldChange, BadInput> {
  const { nameCharacters, noteCharacters } = limits.changes;
  const service = yield* text('--service', typed.service, nameCharacters);
  if (service === '') {
    return yield* refuse('--service', `"${typed.service}"`, 'it is empty', '--service cart');
  }
  const environment = yield* text('--environment', typed.environment, nameCharacters);
  const fromVersion = yield* text('--from', typed.from, nameCharacters);
  const toVersion = yield* text('--to', typed.to, nameCharacters);
  const note = yield* text('--note', typed.note, noteCharacters);
  const link = yield* readLink(typed.link ?? '');
  const id = yield* readId(typed.id ?? '');
  const atMs = typed.at === undefined ? nowMs : yield* readTime(typed.at, nowMs);
  const { kind } = typed;
  if (note === '' && link === '' && toVersion === '' && fromVersion === '') {
    return yield* new BadInput({
      what: `Cannot note a ${kind} of ${printable(service)}`,
      why: 'nothing says what was changed',
      hint: `Add ${kind === 'deployment' ? '--to 3.2.0' : '--note "pool of 20 connections instead of 5"'}`,
    });
  }
  const told = { atMs, kind, service, environment, fromVersion, toVersion, note, link };
  return { ...told, id: id === '' ? changeId('told', ...Object.values(told)) : id, isTimed: typed.at !== undefined };
});

/** `now`, a span of time ago with or without a minus, or a date. */
const readTime = Effect.fnUntraced(function* (typed: string, nowMs: number): Effect.fn.Return<number, BadInput> {
  const atMs = yield* parseMoment(typed.trim().replace(/^-(?=\d)/, ''), nowMs).pipe(
    Effect.mapError(({ why }) => cannotUse('--at', typed || '""', why, '--at 5m (ago), or --at 2026-01-31T12:00:00Z')),
  );
  if (atMs > nowMs + limits.changes.futureMs) {
    return yield* refuse(
      '--at',
      typed,
      'that is in the future',
      'Note a change once it is done; without --at it is now',
    );
  }
  if (atMs < nowMs - changesTable.keptDays * dayMs) {
    return yield* refuse('--at', typed, `changes are kept for ${changesTable.keptDays} days`, '--at 7d');
  }
  return Math.round(atMs);
});

const text = (flag: string, typed: string | undefined, most: number): Effect.Effect<string, BadInput> => {
  const value = (typed ?? '').trim();
  return value.length <= most
    ? Effect.succeed(value)
    : refuse(
        flag,
        `${value.slice(0, 20)}…`,
        `it has ${value.length.toLocaleString('en')} characters, and ${most} are kept`,
        flag === '--note' ? 'Say it shorter, and --link what says more' : `${flag} with a shorter name`,
      );
};

function readLink(typed: string): Effect.Effect<string, BadInput> {
  if (typed.trim() === '') return Effect.succeed('');
  const url = URL.parse(typed.trim());
  const hint = '--link https://ci.example.com/runs/42';
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return refuse('--link', typed, 'it is no http or https address', hint);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      '--link',
      `${url.protocol}//…@${url.host}`,
      'it holds a user or password, which everybody would read',
      hint,
    );
  }
  const most = limits.changes.linkCharacters;
  return url.href.length <= most
    ? Effect.succeed(url.href)
    : refuse(
        '--link',
        `${url.href.slice(0, 40)}…`,
        `it has ${url.href.length.toLocaleString('en')} characters, and ${most} are kept`,
        hint,
      );
}

function readId(typed: string): Effect.Effect<string, BadInput> {
  const id = typed.trim();
  return /^[\w.:/@+#-]{0,64}$/.test(id)
    ? Effect.succeed(id)
    : refuse('--id', typed, 'an id is up to 64 letters, digits and . : / @ + # _ -', '--id deploy-4711');
}

const cannotUse = (flag: string, typed: string, why: string, hint: string): BadInput =>
  new BadInput({ what: `Cannot use ${flag} ${printable(typed)}`, why, hint });

const refuse = (flag: string, typed: string, why: string, hint: string): Effect.Effect<never, BadInput> =>
  Effect.fail(cannotUse(flag, typed, why, hint));
