import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { Explanation } from '../explanation.ts';
import type { Question, Side } from '../question.ts';
import { explainCompare } from './explain-compare.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

/** A version is compared over so long at most, before and after. */
const aroundMs = 30 * 60_000;
const leastMs = 10_000;
const named = 5;

interface Row {
  readonly id: string;
  readonly atMs: number;
  readonly service: string;
  readonly fromVersion: string;
  readonly toVersion: string;
}

/** What changed with a deployment: its version beside the one before; where it has none, the time after beside the time before. */
export const explainDeploy = Effect.fn('explainDeploy')(function* (
  question: Extract<Question, { readonly ask: 'deploy' }>,
  nowMs: number,
): Effect.fn.Return<Explanation, Failure, QueryClient> {
  const change = yield* findChange(question.id);
  const { atMs, service, fromVersion, toVersion } = change;
  const after = { fromMs: atMs, toMs: Math.max(atMs + leastMs, Math.min(nowMs, atMs + aroundMs)) };
  const sides: { readonly bad: Side; readonly good: Side } =
    fromVersion !== '' && toVersion !== ''
      ? {
          bad: { side: 'version', service, version: toVersion },
          good: { side: 'version', service, version: fromVersion },
        }
      : {
          bad: { side: 'time', range: after },
          good: { side: 'time', range: { fromMs: atMs - aroundMs, toMs: atMs } },
        };
  return yield* explainCompare({ ...question, id: change.id }, sides, { fromMs: nowMs - aroundMs, toMs: nowMs });
});

const findChange = Effect.fnUntraced(function* (prefix: string): Effect.fn.Return<Row, Failure, QueryClient> {
  const asked = prefix.trim().toLowerCase();
  const found = asked === '' ? [] : yield* changesByPrefix(asked);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const near = first === undefined ? yield* changesByPrefix('') : found;
  const ids = near.slice(0, named).map(({ id, service }) => `${printable(id)} (${printable(service)})`);
  return yield* new BadInput({
    what: `Cannot explain deployment "${printable(prefix)}"`,
    why: first === undefined ? 'no change has an id that begins like this' : 'several ids begin like this',
    hint:
      ids.length === 0
        ? 'No change is known yet: set `service.version`, or tell one with `obs change add`'
        : `${first === undefined ? 'The newest' : 'They'} are ${ids.join(', ')}`,
  });
});

const changesByPrefix = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<readonly Row[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  return yield* client.rows<Row>(
    `SELECT Id AS id, toFloat64(toUnixTimestamp64Milli(At)) AS atMs, ServiceName AS service, FromVersion AS fromVersion, ToVersion AS toVersion
FROM obs_changes FINAL WHERE startsWith(Id, {prefix:String}) ORDER BY At DESC, Id LIMIT ${named + 1}`,
    { parameters: { prefix } },
  );
});
