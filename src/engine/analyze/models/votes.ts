import { Effect, type Scope } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { FeatureRow } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import type { Vote } from '../../domain/vote.ts';
import { QueryClient } from '../../store/query-client.ts';
import { type ModelRow, readFileOf, readModels } from './model-rows.ts';
import { scopeOfRow, Voice } from './voice.ts';

export interface VotesReport {
  /** Models that vote. */
  readonly loaded: number;
  /** Models that should, and cannot. */
  readonly skipped: readonly { readonly scope: string; readonly id: string; readonly why: string }[];
}

export interface Votes {
  /** Loads models that are new or have changed since the last time, and lets go of those that no longer vote. */
  readonly refresh: Effect.Effect<VotesReport, QueryFailed | EngineUnavailable>;
  /**
   * What the models say of one window of all services; a service without a proven model has no vote. Windows come in the
   * order of time: what was averaged before counts.
   * @param rows of one length of windows; others than those of services, operations and edges are passed over
   */
  readonly of: (rows: readonly FeatureRow[]) => Promise<readonly Vote[]>;
}

/** Models that vote, in memory until the scope ends. None before the first `refresh`. */
export const openVotes: Effect.Effect<Votes, never, QueryClient | Scope.Scope> = Effect.gen(function* () {
  const client = yield* QueryClient;
  const voices = new Map<string, Voice>();
  /** Why not, by id and version: a file that cannot be read is not read with every refresh. */
  const unreadable = new Map<string, string>();
  yield* Effect.addFinalizer(() => Effect.forEach([...voices.values()], ({ close }) => close, { discard: true }));

  const refresh = Effect.gen(function* () {
    const wanted = (yield* readModels()).filter(({ state }) => state === 'current' || state === 'pinned');
    const ids = new Set(wanted.map(({ id }) => id));
    for (const [id, voice] of voices) {
      if (ids.has(id)) continue;
      voices.delete(id);
      yield* voice.close;
    }
    const skipped: VotesReport['skipped'][number][] = [];
    for (const model of wanted) {
      if (voices.has(model.id)) continue;
      const why = yield* load(model);
      if (why !== null) skipped.push({ scope: model.scope, id: model.id, why });
    }
    return { loaded: voices.size, skipped };
  }).pipe(Effect.provideService(QueryClient, client));

  const load = Effect.fnUntraced(function* (model: ModelRow) {
    const { id, version, family } = model;
    const known = unreadable.get(`${id} ${version}`);
    if (known !== undefined) return known;
    const sessions = [...voices.values()].filter((voice) => voice.family === 'autoencoder').length;
    if (family === 'autoencoder' && sessions >= limits.models.sessions)
      return `${limits.models.sessions} autoencoders are in memory already`;
    return yield* Effect.flatMap(readFileOf(model), (file) => Voice.open(model, file)).pipe(
      Effect.map((voice) => {
        voices.set(id, voice);
        return null;
      }),
      Effect.catchTag('ModelUnreadable', ({ reason }) =>
        Effect.sync(() => {
          unreadable.set(`${id} ${version}`, reason);
          return reason;
        }),
      ),
    );
  });

  return { refresh, of: (rows) => votesOf([...voices.values()], rows) };
});

/** What these say of one window. */
export async function votesOf(voices: readonly Voice[], rows: readonly FeatureRow[]): Promise<readonly Vote[]> {
  const byScope = new Map<string, FeatureRow[]>();
  for (const row of rows) {
    const scope = scopeOfRow(row);
    if (scope === null) continue;
    const known = byScope.get(scope);
    if (known === undefined) byScope.set(scope, [row]);
    else known.push(row);
  }
  const votes: Vote[] = [];
  // One after the other: each run of ONNX Runtime lets the event loop turn, and none waits behind two hundred others.
  for (const voice of voices) {
    const own = byScope.get(voice.scope)?.filter(({ seconds }) => seconds === voice.seconds);
    if (own === undefined || own.length === 0) continue;
    votes.push(...(await voice.vote(own, own[0]!.timeMs)));
  }
  return votes;
}
