import { createHash } from 'node:crypto';
import { Effect } from 'effect';
import { ModelUnreadable } from './errors.ts';
import { metadataField } from './onnx/messages.ts';
import { concat } from './onnx/wire.ts';

/**
 * A model file is an ONNX model whose last field is a `metadata_props` entry with the SHA-256 of everything before it.
 * Other tools ignore the entry; we know from it that no byte is missing or changed.
 */
const checksumKey = 'obs.sha256';
const sealBytes = metadataField(checksumKey, '0'.repeat(64)).length;

export function sealModel(onnx: Uint8Array): Uint8Array {
  return concat([onnx, seal(onnx)]);
}

/** A sealed model with one more entry of metadata, sealed anew. */
export function addMetadata(sealed: Uint8Array, key: string, value: string): Uint8Array {
  return sealModel(concat([sealed.subarray(0, sealed.length - sealBytes), metadataField(key, value)]));
}

export function checkModel(file: Uint8Array): Effect.Effect<Uint8Array, ModelUnreadable> {
  const end = file.length - sealBytes;
  const unsealed = 'the checksum at its end is missing: the file is cut short or was not written by obs';
  if (end <= 0) return Effect.fail(new ModelUnreadable({ reason: unsealed }));
  const found = file.subarray(end);
  if (Buffer.compare(found, seal(file.subarray(0, end))) === 0) return Effect.succeed(file);
  const hasKey = Buffer.from(found).includes(checksumKey);
  return Effect.fail(new ModelUnreadable({ reason: hasKey ? 'its bytes do not match its checksum' : unsealed }));
}

function seal(onnx: Uint8Array): Uint8Array {
  return metadataField(checksumKey, createHash('sha256').update(onnx).digest('hex'));
}
