import { Effect, Option, Stream } from 'effect';
import { limits } from '../../domain/limits.ts';
import { messageOf } from '../../domain/messages.ts';
import { archiveLocation } from '../../store/archive/archive.ts';
import { ObjectStore } from '../../store/archive/object-store.ts';
import { formatSeconds } from '../describe-status.ts';
import { fetchStatus } from '../fetch-status.ts';
import { type Check, ok, problem, skipped, warning } from './check.ts';

/** Whether what was acknowledged comes into the store, or waits. */
export const checkLoading: Check = ({ running, env }) => {
  if (running === null) return Effect.succeed([skipped('loading', 'obs is not running', 'Start it with `obs up`')]);
  return Effect.gen(function* () {
    const { spool } = yield* fetchStatus(env);
    const waitedMs = spool.oldestUnixMs === null ? 0 : Date.now() - spool.oldestUnixMs;
    const detail = `${spool.segments} segments with ${spool.rows.toLocaleString('en')} rows wait, the oldest for ${formatSeconds(Math.max(0, waitedMs) / 1000)}`;
    return waitedMs > limits.spool.slowLoadMs
      ? [warning('loading', detail, 'See `obs status` for the engine, and `obs storage` for the days that are stored')]
      : [ok('loading', spool.segments === 0 ? 'nothing waits' : detail)];
  }).pipe(Effect.catch((error) => Effect.succeed([problem('loading', messageOf(error).why, messageOf(error).next)])));
};

/** The bucket of the raw archive, where one is configured: lists one key. */
export const checkArchive: Check = ({ settings: { archive } }) => {
  if (archive === null) return Effect.succeed([]);
  const location = archiveLocation(archive);
  return Effect.gen(function* () {
    const { s3ObjectStore } = yield* Effect.promise(() => import('../../store/archive/s3-object-store.ts'));
    const first = yield* Effect.flatMap(ObjectStore, (store) => Stream.runHead(store.list(archive.prefix))).pipe(
      Effect.provide(s3ObjectStore(archive, limits.archive.commandSilenceMs)),
    );
    return [ok('archive', `${location} answers${Option.isNone(first) ? ', and holds nothing yet' : ''}`)];
  }).pipe(
    Effect.catch((error) => {
      const { why, next } = messageOf(error);
      return Effect.succeed([problem('archive', `${location}: ${why}`, next)]);
    }),
  );
};
