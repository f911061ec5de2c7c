import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Clock, Effect } from 'effect';
import { limits } from '../../domain/limits.ts';
import type { Explanation } from '../explanation.ts';
import { readAnswer, withoutSpans, type SavedAnswer } from './saved-answer.ts';

/**
 * Keeps an answer for `obs evidence`, in a file of its own that only its owner may read, and throws the oldest away
 * beyond `limits.explain.keptAnswers` and `keptBytes`. Whoever asked has the answer already: a full disk or a folder
 * that cannot be written fails nothing.
 */
export const keepAnswer = Effect.fn('keepAnswer')(function* (
  folder: string,
  explanation: Explanation,
): Effect.fn.Return<void> {
  const nowMs = yield* Clock.currentTimeMillis;
  yield* Effect.ignore(
    Effect.tryPromise(async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeWhole(folder, nowMs, JSON.stringify(withoutSpans(explanation)));
      await dropOldest(folder, nowMs);
    }),
  );
});

/** The answers that are kept, the newest first; files that cannot be read as one are passed over. */
export const keptAnswers = Effect.fn('keptAnswers')(function* (
  folder: string,
): Effect.fn.Return<readonly SavedAnswer[]> {
  return yield* Effect.orElseSucceed(
    Effect.tryPromise(async () => {
      const answers = await Promise.all((await namesIn(folder)).map((name) => readKept(folder, name)));
      return answers.filter((answer) => answer !== null);
    }),
    () => [],
  );
});

/** 13 digits of Unix milliseconds, so that names sort by time until the year 2286. */
const nameOf = (nowMs: number, text: string): string =>
  `${String(nowMs).padStart(13, '0')}-${createHash('sha256').update(text).digest('hex').slice(0, 10)}.json`;

const keptName = /^(\d{13})-[0-9a-f]{10}\.json$/;
const unfinishedName = /^(\d{13})-[0-9a-f]{10}\.json\.\d+$/;
const unfinishedForMs = 60_000;

/** Under another name first: a reader never sees half an answer. */
async function writeWhole(folder: string, nowMs: number, text: string): Promise<void> {
  const path = join(folder, nameOf(nowMs, text));
  const unfinished = `${path}.${process.pid}`;
  try {
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Two commands may do this at once: what is gone already is no failure. */
async function dropOldest(folder: string, nowMs: number): Promise<void> {
  const { keptAnswers: most, keptBytes } = limits.explain;
  let bytes = 0;
  for (const [at, name] of (await namesIn(folder)).entries()) {
    const path = join(folder, name);
    bytes += await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    // The newest stays, however large.
    if (at >= most || (at > 0 && bytes > keptBytes)) await rm(path, { force: true });
  }
  for (const name of await readdir(folder)) {
    const beganMs = Number(unfinishedName.exec(name)?.[1] ?? nowMs);
    if (beganMs < nowMs - unfinishedForMs) await rm(join(folder, name), { force: true });
  }
}

/** The newest first. */
const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => keptName.test(name)).sort((a, b) => (a < b ? 1 : -1));

const readKept = (folder: string, name: string): Promise<SavedAnswer | null> =>
  readFile(join(folder, name), 'utf8').then(
    (text) => readAnswer(text, Number(keptName.exec(name)?.[1])),
    () => null,
  );
