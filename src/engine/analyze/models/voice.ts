import { Effect, Exit, Scope } from 'effect';
import type { FeatureRow } from '../../domain/feature-row.ts';
import type { Vote } from '../../domain/vote.ts';
import { ModelUnreadable } from '../autoencoder/errors.ts';
import { type Artefact, type Family, readArtefact } from './artefact.ts';
import { type GroupScore, type Judge, openJudge, Tracking } from './judge.ts';
import { edgesScope } from './matrix.ts';
import type { ModelRow } from './model-rows.ts';

/** Windows that may be missing before the memory of those before is worthless. */
const mostMissing = 2;
/** With fewer of its columns a model says nothing of a window. */
const leastPresent = 0.5;
const carriersNamed = 6;
const leastCarrierShare = 0.02;

/** One model that votes, with its memory of the windows before. */
export class Voice {
  readonly id: string;
  readonly scope: string;
  readonly family: Family;
  readonly #artefact: Artefact;
  readonly #judge: Judge;
  readonly #closing: Scope.Closeable;
  readonly #tracking: Tracking;
  /** Where a row's values go: by subject of the row, feature and column. */
  readonly #places = new Map<string, (readonly [feature: string, column: number])[]>();
  readonly #row: Float32Array;
  #lastMs = -Infinity;

  private constructor(id: string, artefact: Artefact, judge: Judge, closing: Scope.Closeable) {
    this.id = id;
    this.scope = artefact.card.scope;
    this.family = artefact.card.family;
    this.#artefact = artefact;
    this.#judge = judge;
    this.#closing = closing;
    this.#tracking = new Tracking(artefact.card);
    this.#row = new Float32Array(artefact.card.columns.length);
    for (const [column, { kind, service, subject, feature }] of artefact.card.columns.entries()) {
      const key = placeKey(kind, service, subject);
      const places = this.#places.get(key) ?? [];
      places.push([feature, column]);
      this.#places.set(key, places);
    }
  }

  static readonly open = Effect.fnUntraced(function* (
    { id, scope, family }: Pick<ModelRow, 'id' | 'scope' | 'family'>,
    file: Uint8Array,
  ): Effect.fn.Return<Voice, ModelUnreadable> {
    const artefact = yield* readArtefact(file);
    if (artefact.card.scope !== scope || artefact.card.family !== family)
      return yield* new ModelUnreadable({ reason: `it is a ${artefact.card.family} model of ${artefact.card.scope}` });
    const closing = yield* Scope.make();
    const judge = yield* Scope.provide(openJudge(artefact), closing).pipe(
      Effect.onError(() => Scope.close(closing, Exit.void)),
    );
    return new Voice(id, artefact, judge, closing);
  });

  get close(): Effect.Effect<void> {
    return Scope.close(this.#closing, Exit.void);
  }

  /** The services whose rows it looks at; `edges` looks at all. */
  get seconds(): number {
    return this.#artefact.card.seconds;
  }

  /** @param rows of its scope and one window; others among them are passed over */
  async vote(rows: readonly FeatureRow[], timeMs: number): Promise<readonly Vote[]> {
    // A window that was worked out once more is heard no second time: the memory has gone on.
    if (timeMs <= this.#lastMs) return [];
    const row = this.#row.fill(Number.NaN);
    let present = 0;
    for (const { kind, service, subject, values } of rows) {
      for (const [feature, column] of this.#places.get(placeKey(kind, service, subject)) ?? []) {
        const value = values[feature];
        if (value === undefined) continue;
        row[column] = value;
        present++;
      }
    }
    if (present < leastPresent * row.length) return [];
    if (timeMs - this.#lastMs > (mostMissing + 1) * this.seconds * 1000) this.#tracking.reset();
    this.#lastMs = timeMs;
    const errors = await this.#judge.errors(row);
    return this.#tracking.push(errors).map((score, group) => this.#voteOf(score, group));
  }

  #voteOf({ service, score }: GroupScore, group: number): Vote {
    const sizes = this.#tracking.sizes(group);
    const squares = sizes.reduce((sum, { size }) => sum + size * size, 0);
    const carriers = sizes
      .map(({ column, size }) => ({ column, share: squares === 0 ? 0 : (size * size) / squares }))
      .filter(({ share }) => share >= leastCarrierShare)
      .toSorted((a, b) => b.share - a.share)
      .slice(0, carriersNamed)
      .map(({ column, share }) => {
        const { subject, feature } = this.#artefact.card.columns[column]!;
        return { subject, feature, share };
      });
    const family = this.scope === edgesScope ? (`${this.family} of calls` as const) : this.family;
    return { service, family, model: this.id, error: score, carriers };
  }
}

/** Every scope a row belongs to. */
export const scopeOfRow = ({ kind, service }: FeatureRow): string | null =>
  kind === 'edge' ? edgesScope : kind === 'service' || kind === 'operation' ? service : null;

const placeKey = (kind: string, service: string, subject: string): string => `${kind}\n${service}\n${subject}`;
