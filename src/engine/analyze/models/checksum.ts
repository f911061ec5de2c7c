import { createHash } from 'node:crypto';

/** Hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Ids that people can type: of what it is of, when it was made and what it is. */
export function modelId(scope: string, family: string, trainedMs: number, file: Uint8Array | null): string {
  return createHash('sha256')
    .update(`${scope}\n${family}\n${trainedMs}\n`)
    .update(file ?? new Uint8Array())
    .digest('hex')
    .slice(0, 10);
}
