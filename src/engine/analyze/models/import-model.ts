import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Effect } from 'effect';
import type { AnalyzeResult } from '../../domain/analyze-task.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { readArtefact } from './artefact.ts';
import { modelId } from './checksum.ts';
import { openJudge } from './judge.ts';
import { insertModel, readModels } from './model-rows.ts';
import { whyUnproven } from './prove.ts';

/**
 * Takes a file that `obs models export` wrote, here or elsewhere. It votes where it has proven itself when it was trained
 * and no model of its scope and family votes; else it waits to be pinned.
 */
export const importModel = Effect.fnUntraced(function* (
  path: string,
  nowMs: number,
): Effect.fn.Return<AnalyzeResult, QueryFailed | EngineUnavailable | BadInput, QueryClient | OwnTables> {
  const unusable = (why: string): BadInput =>
    new BadInput({ what: `Cannot import ${path}`, why, hint: 'Write a model into a file with `obs models export ID`' });
  const file = yield* Effect.tryPromise({ try: () => readBounded(path), catch: (error) => unusable(wordsOf(error)) });
  const { card } = yield* Effect.scoped(
    Effect.gen(function* () {
      const artefact = yield* readArtefact(file);
      // That its graph runs is found out now, and not in the middle of a night.
      const judge = yield* openJudge(artefact);
      yield* Effect.promise(() => judge.errors(new Float32Array(artefact.card.columns.length)));
      return artefact;
    }),
  ).pipe(Effect.catchTag('ModelUnreadable', ({ reason }) => unusable(reason)));
  const { scope, family, trainedMs, dataFromMs, dataToMs, report } = card;
  const id = modelId(scope, family, trainedMs, file);
  const models = yield* readModels(scope);
  if (models.some((model) => model.id === id && model.bytes > 0))
    return { ok: false, lines: [`The model ${id} of ${scope} is there already.`] };
  const voting = models.find(
    (model) => model.family === family && (model.state === 'current' || model.state === 'pinned'),
  );
  const unproven = report.candidate === null ? 'it was never tried' : whyUnproven(report.candidate);
  const state = unproven !== null ? 'rejected' : voting === undefined ? 'current' : 'former';
  const why = `imported${unproven !== null ? `; ${unproven}` : voting === undefined ? '' : `; ${voting.id} votes`}`;
  yield* insertModel(
    { row: { id, scope, family, trainedMs, state, why, dataFromMs, dataToMs }, report: JSON.stringify(report), file },
    nowMs,
  );
  const does = state === 'current' ? 'it votes' : `it does not vote (${why}); \`obs models pin ${id}\` has it vote`;
  return { ok: true, lines: [`${id}: ${family} model of ${scope}; ${does}.`] };
});

const openErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  ENXIO: 'it is no file',
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error ? openErrors[String(error.code)] : undefined) ?? error.message;
}

/** A file that is too large is refused before it is in memory. */
async function readBounded(path: string): Promise<Uint8Array> {
  // Without waiting: a pipe that nobody writes into would be opened never.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > limits.models.fileBytes) throw new Error(`it is larger than ${limits.models.fileBytes} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
