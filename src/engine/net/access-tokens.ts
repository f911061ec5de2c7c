import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { limits } from '../domain/limits.ts';

export type TokenVerdict = 'passes' | 'missing' | 'wrong';

/** Secrets of which a request must carry one, kept as hashes. */
export class AccessTokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  /** In a time that tells nothing of how much was right, nor of which token it was. */
  judge(presented: string | undefined): TokenVerdict {
    if (presented === undefined || presented === '') return 'missing';
    const given = digest(presented);
    let same = false;
    for (const token of this.#digests) same = timingSafeEqual(given, token) || same;
    return same ? 'passes' : 'wrong';
  }
}

/** Of equal length, as the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What stands behind `Bearer` in an `Authorization` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/**
 * The tokens of a file, one a line; several make it possible to change them while senders go on.
 * @throws Error with a sentence about what is wrong
 */
export function readTokens(file: string): readonly string[] {
  const tokens = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const { tokenCharacters, tokens: most } = limits.access;
  if (tokens.length === 0) throw new Error(`${file} holds no token`);
  if (tokens.length > most) throw new Error(`${file} holds ${tokens.length} tokens; ${most} are possible`);
  // What a header can carry unchanged (RFC 6750, b64token, and a little more).
  const bad = tokens.findIndex((token) => !/^[\x21-\x7e]+$/.test(token) || token.length < tokenCharacters);
  if (bad >= 0) {
    throw new Error(
      `token ${bad + 1} of ${file} is not ${tokenCharacters} or more printable characters without spaces`,
    );
  }
  return tokens;
}

/** Whether other users of this machine can read the file. */
export function isReadableByOthers(file: string): boolean {
  return (statSync(file).mode & 0o004) !== 0;
}
