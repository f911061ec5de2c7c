import { seededRandom } from '../../../test/support/random.ts';
import type { Canaries } from './canaries.ts';
import type { Case } from './cases.ts';
import { Grammar } from './grammar.ts';
import type { Result, SqlTarget } from './target.ts';

export interface Tally {
  readonly way: string;
  tried: number;
  /** Answers with a result: they read what may be read. */
  answered: number;
  refused: number;
  /** Neither: ClickHouse's own error (unknown table, syntax, limit …). */
  failed: number;
  /** Answers that are no ClickHouse's: 500 and above without an error of the engine. */
  broken: number;
  reached: number;
}

export interface Outcome {
  readonly tallies: readonly Tally[];
  /** The statements that reached a canary, or broke the endpoint. */
  readonly escapes: readonly string[];
}

/** Sends all of them, one after the other, and looks at the canaries after each. */
export async function tryAll(target: SqlTarget, cases: Iterable<Case>): Promise<Outcome> {
  const tallies = new Map<string, Tally>();
  const escapes: string[] = [];
  for (const tried of cases) {
    const { way } = tried;
    const tally = tallies.get(way) ?? { way, tried: 0, answered: 0, refused: 0, failed: 0, broken: 0, reached: 0 };
    tallies.set(way, tally);
    tally.tried += 1;
    const result = await target.ask(tried);
    tally[kindOf(result)] += 1;
    if (result.reached.length > 0) tally.reached += 1;
    if (result.reached.length > 0 || kindOf(result) === 'broken') {
      escapes.push(
        `${result.reached.join(', ')} [${result.status}]: ${JSON.stringify(tried)} → ${result.body.slice(0, 200)}`,
      );
    }
  }
  return { tallies: [...tallies.values()], escapes };
}

function kindOf({ status, body }: Result): 'answered' | 'refused' | 'failed' | 'broken' {
  if (status === 200) return 'answered';
  if (status === 403) return 'refused';
  return body.startsWith('Code: ') ? 'failed' : 'broken';
}

/** So many statements of the grammar; the same seed gives the same ones. */
export function* fuzzCases(canaries: Canaries, seed: number, count: number): Generator<Case> {
  const grammar = new Grammar(seededRandom(seed), canaries);
  for (let made = 0; made < count; made += 1) yield grammar.next();
}
