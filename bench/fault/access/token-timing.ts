import { AccessTokens } from '../../../src/engine/net/access-tokens.ts';

/**
 * How long a wrong token takes to be refused, by where it differs: medians in nanoseconds. They are compared with each
 * other, in turns, so that what the machine does besides falls on all alike.
 */
export function comparisonTimes(rounds: number): Record<string, number> {
  const token = 'a-token-of-thirty-two-characters';
  const tokens = new AccessTokens([token]);
  const guesses = {
    'refusal of a token wrong in its first character (ns)': `b${token.slice(1)}`,
    'refusal of a token wrong in its last character (ns)': `${token.slice(0, -1)}b`,
    'refusal of a token wrong in all characters (ns)': 'b'.repeat(token.length),
  };
  const times = new Map(Object.keys(guesses).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, guess] of Object.entries(guesses)) {
      const from = process.hrtime.bigint();
      tokens.judge(guess);
      times.get(name)?.push(Number(process.hrtime.bigint() - from));
    }
  }
  const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return Object.fromEntries([...times].map(([name, values]) => [name, medianOf(values)]));
}
