import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { InputEmpty, InputUnreadable, reasonOf } from '../input/errors.ts';
import { sourceName, type Source } from '../input/source-text.ts';
import { createMiner, type Pattern } from '../patterns/miner.ts';
import { asBadInput } from './as-bad-input.ts';
import { linesOf } from './lines.ts';

/** The patterns of some lines, the most frequent first. */
export interface MinedLines {
  readonly lines: number;
  readonly patterns: readonly Pattern[];
  /** Why the source broke off before its end; the patterns are those of the lines until then. */
  readonly broken: string | undefined;
}

/** Mines a file or a stream in one pass; blank lines are no lines. */
export const mineLines = Effect.fnUntraced(function* (source: Source): Effect.fn.Return<MinedLines, BadInput> {
  const mined = yield* Effect.promise(() => mine(source));
  if (mined.lines > 0) return mined;
  return yield* asBadInput(
    mined.broken === undefined
      ? new InputEmpty({ source: sourceName(source) })
      : new InputUnreadable({ source: sourceName(source), reason: mined.broken }),
  );
});

async function mine(source: Source): Promise<MinedLines> {
  const miner = createMiner();
  let lines = 0;
  const broken = await forEachLine(source, (line) => {
    miner.add(line);
    lines += 1;
  });
  return { lines, patterns: miner.patterns().toSorted((a, b) => b.count - a.count), broken };
}

/** The lines of one pattern, in their order; a second pass over the file tells which they are. */
export const linesOfPattern = Effect.fnUntraced(function* (
  path: string,
  id: string,
  show: (line: string) => void,
): Effect.fn.Return<void, BadInput> {
  const miner = createMiner();
  const groups: number[] = [];
  yield* Effect.promise(() => forEachLine(path, (line) => groups.push(miner.add(line))));
  const patterns = miner.patterns();
  const wanted = patterns.findIndex((pattern) => pattern.id.startsWith(id));
  if (wanted < 0 || patterns.filter((pattern) => pattern.id.startsWith(id)).length > 1) {
    return yield* new BadInput({
      what: `Cannot show the lines of pattern ${id}`,
      why: wanted < 0 ? 'no pattern of this file has that id' : 'several patterns have ids that begin so',
      hint: `\`obs patterns ${path}\` lists them`,
    });
  }
  // Patterns are listed in the order of their groups.
  const roots = [...new Set(groups.map(miner.groupOf))].sort((a, b) => a - b);
  const root = roots[wanted];
  let at = 0;
  yield* Effect.promise(() =>
    forEachLine(path, (line) => {
      if (miner.groupOf(groups[at++] ?? -1) === root) show(line);
    }),
  );
});

/** @returns why the source broke off, if it did */
async function forEachLine(source: Source, take: (line: string) => void): Promise<string | undefined> {
  try {
    for await (const line of linesOf(source)) if (line.trim() !== '') take(line);
    return undefined;
  } catch (error) {
    return error instanceof InputUnreadable ? error.reason : reasonOf(error);
  }
}
