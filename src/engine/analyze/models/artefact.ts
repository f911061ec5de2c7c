import { Effect, Schema } from 'effect';
import { featureKinds } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import { ModelUnreadable } from '../autoencoder/errors.ts';
import { addMetadata, checkModel } from '../autoencoder/model-file.ts';
import { linearOf } from './linear-graph.ts';
import type { LinearModel } from './linear-model.ts';
import { onnxParts } from './onnx-parts.ts';
import { ModelReport } from './report.ts';

const cardKey = 'obs.model';

export const families = ['linear', 'autoencoder'] as const;
export type Family = (typeof families)[number];

const ModelCard = Schema.Struct({
  version: Schema.Literal(1),
  family: Schema.Literals(families),
  /** A service, or `edges`. */
  scope: Schema.String,
  /** Length of its windows. */
  seconds: Schema.Number,
  /** What its input's columns are; those of one service stand together. */
  columns: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(featureKinds),
      service: Schema.String,
      subject: Schema.String,
      feature: Schema.String,
    }),
  ),
  /** Per column the 99th percentile of its averaged error's size in usual windows. */
  usual: Schema.Array(Schema.Number),
  /** Per service of the columns, in their order: the median of its score on held-back time. */
  groups: Schema.Array(Schema.Struct({ service: Schema.String, columns: Schema.Number, usual: Schema.Number })),
  trainedMs: Schema.Number,
  dataFromMs: Schema.Number,
  dataToMs: Schema.Number,
  report: ModelReport,
});
/** What an ONNX file of ours says of itself, as JSON in its metadata under `obs.model`. */
export type ModelCard = typeof ModelCard.Type;

const decodeCard = Schema.decodeUnknownEffect(Schema.fromJsonString(ModelCard));

/** A model that can be scored with: an ONNX file, and for a linear one its numbers. */
export interface Artefact {
  readonly card: ModelCard;
  readonly file: Uint8Array;
  readonly linear: LinearModel | null;
}

/** @param sealed an ONNX file with its checksum, as `sealModel` makes it */
export function writeArtefact(sealed: Uint8Array, card: ModelCard): Uint8Array {
  return addMetadata(sealed, cardKey, JSON.stringify(card));
}

/** Reads a file back: complete, unchanged, and with a card that fits its numbers. Nothing is run. */
export const readArtefact = Effect.fnUntraced(function* (
  file: Uint8Array,
): Effect.fn.Return<Artefact, ModelUnreadable> {
  const unreadable = (reason: string): ModelUnreadable => new ModelUnreadable({ reason });
  if (file.length > limits.models.fileBytes)
    return yield* unreadable(`it is larger than ${limits.models.fileBytes} bytes`);
  yield* checkModel(file);
  const parts = onnxParts(file);
  const text = parts?.metadata.get(cardKey);
  if (parts === null || text === undefined) return yield* unreadable('it does not say what it is a model of');
  const card = yield* decodeCard(text).pipe(
    Effect.mapError(({ message }) => unreadable(`what it says of itself cannot be read: ${message.split('\n')[0]}`)),
  );
  const { columns, usual, groups } = card;
  const grouped = groups.reduce((sum, group) => sum + group.columns, 0);
  if (columns.length === 0 || usual.length !== columns.length || grouped !== columns.length)
    return yield* unreadable('what it says of itself does not fit together');
  if (card.family !== 'linear') return { card, file, linear: null };
  const linear = linearOf(parts, columns.length);
  return linear === null ? yield* unreadable('numbers of its graph are missing') : { card, file, linear };
});
