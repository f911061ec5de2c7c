import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { nearestIds } from '../nearest-ids.ts';
import type { ClaimedEvidence } from './all-evidence.ts';
import type { SavedAnswer } from './saved-answer.ts';

/** A piece of evidence with the answer that it was found in. */
export interface FoundEvidence extends ClaimedEvidence {
  readonly answer: SavedAnswer;
}

export interface Wanted {
  /** Whole ids or the beginnings of some; empty for all evidence of the first answer. */
  readonly ids: readonly string[];
  /** Where the answers come from, for the error's words: a file's name, or null for those that are kept. */
  readonly from: string | null;
}

/** The evidence that is wanted, each id once and from the newest answer that has it. `answers`: the newest first. */
export const lookUp = Effect.fnUntraced(function* (
  answers: readonly SavedAnswer[],
  { ids, from }: Wanted,
): Effect.fn.Return<readonly FoundEvidence[], BadInput> {
  if (answers.length === 0) return yield* noAnswer(from);
  const all = allOf(answers);
  if (ids.length === 0) {
    const [newest] = answers;
    return all.filter(({ answer }) => answer === newest);
  }
  const found = yield* Effect.forEach(ids, (asked) => {
    const own = all.filter(({ evidence }) => evidence.id.startsWith(asked.toLowerCase()));
    return own.length === 0 ? Effect.fail(unknownId(asked, all)) : Effect.succeed(own);
  });
  return [...new Set(found.flat())];
});

function allOf(answers: readonly SavedAnswer[]): readonly FoundEvidence[] {
  const byId = new Map<string, FoundEvidence>();
  for (const answer of answers) {
    for (const claimed of answer.evidence) {
      if (!byId.has(claimed.evidence.id)) byId.set(claimed.evidence.id, { ...claimed, answer });
    }
  }
  return [...byId.values()];
}

const mostNamed = 5;

function unknownId(asked: string, all: readonly FoundEvidence[]): BadInput {
  const ids = all.map(({ evidence }) => evidence.id);
  const near = nearestIds(asked.toLowerCase(), ids);
  const newest = ids.slice(0, mostNamed).join(', ');
  return new BadInput({
    what: `There is no evidence ${asked}`,
    why: ids.length === 0 ? 'no answer that was looked at has any' : 'no answer that was looked at has it',
    hint:
      near.length > 0
        ? `Near: ${near.join(', ')}`
        : ids.length > 0
          ? `The newest: ${newest}`
          : 'Ask with `obs explain` first',
  });
}

const noAnswer = (from: string | null): BadInput =>
  from === null
    ? new BadInput({
        what: 'There is no answer whose evidence could be run again',
        why: '`obs explain` has not answered yet, or what it had answered is gone',
        hint: 'Ask with `obs explain`, or name a saved answer with --from',
      })
    : new BadInput({
        what: `Cannot use ${from}`,
        why: 'it is not an answer of `obs explain --json`',
        hint: 'Save one with `obs explain … --json > answer.json`',
      });
