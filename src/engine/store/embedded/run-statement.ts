import { Effect } from 'effect';
import type { ChdbResult, Session } from 'chdb';
import { QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { clickHouseCode, toQueryFailed } from '../query-error.ts';
import { isPlainName, quoteText } from '../sql-text.ts';
import { stateStatement, type PooledSession, type SessionPool, type SessionState } from './session-pool.ts';

/** How often the kill is said again until the engine obeys, how long that is waited for, and how often after that. */
const killEveryMs = 20;
const killPatienceMs = 300;
const lateKillEveryMs = 500;

let lastStatement = 0;

/**
 * Runs one statement on a session of the pool. Interruption kills it in the engine and returns when it has ended there.
 * @param control a session for nothing but the kill, called synchronously: all threads may be busy just then.
 * @param onStuck called when it still runs `limits.query.stuckMs` after it was killed for the first time
 */
export function runStatement(
  pool: SessionPool,
  control: Session,
  sql: string,
  format: string,
  state: SessionState,
  onStuck?: (sql: string) => void,
): Effect.Effect<ChdbResult, QueryFailed> {
  const refused = badNames(state);
  if (refused !== undefined) return Effect.fail(refused);
  return Effect.callback<ChdbResult, QueryFailed>((resume) => {
    const id = `obs-${process.pid}-${++lastStatement}`;
    let pooled: PooledSession;
    try {
      pooled = pool.take(sql, state);
    } catch (error) {
      resume(Effect.fail(toQueryFailed(error, sql)));
      return;
    }
    let interrupted = false;
    const run = async (): Promise<void> => {
      try {
        const result = await execute(pooled, id, sql, format, state, () => interrupted);
        pool.giveBack(pooled);
        resume(Effect.succeed(result));
      } catch (error) {
        pool.discard(pooled);
        resume(Effect.fail(toQueryFailed(error, sql)));
      }
    };
    const ended = run();
    return Effect.promise(() => {
      interrupted = true;
      return killUntilEnded(control, id, ended, onStuck && (() => onStuck(sql)));
    });
  });
}

async function execute(
  pooled: PooledSession,
  id: string,
  sql: string,
  format: string,
  state: SessionState,
  interrupted: () => boolean,
): Promise<ChdbResult> {
  const marked = { ...state, settings: { ...state.settings, log_comment: id } };
  await pooled.session.queryAsync(stateStatement(pooled, marked));
  if (interrupted()) throw new QueryFailed({ code: clickHouseCode.queryWasCancelled, message: 'Query was cancelled' });
  return pooled.session.queryAsync(sql, { format });
}

/**
 * The statement may not have reached the engine's list yet, hence again and again. Whoever interrupts waits for the end,
 * but not for ever: one that still waits for a thread is killed when it gets there.
 */
async function killUntilEnded(
  control: Session,
  id: string,
  ended: Promise<void>,
  onStuck: (() => void) | undefined,
): Promise<void> {
  // ASYNC: the synchronous form waits inside the engine and hangs its caller.
  const listed = `SELECT query_id FROM system.processes WHERE Settings['log_comment'] = ${quoteText(id)}`;
  const kill = `KILL QUERY WHERE query_id IN (${listed}) ASYNC`;
  const repeat = async (everyMs: number, patienceMs: number): Promise<boolean> => {
    for (let waited = 0; waited < patienceMs && control.open; waited += everyMs) {
      control.query(kill, 'Null');
      if (await settlesWithin(ended, everyMs)) return true;
    }
    return false;
  };
  if (await repeat(killEveryMs, killPatienceMs)) return;
  const { stuckMs } = limits.query;
  const late = async (): Promise<void> => {
    while (control.open && !(await repeat(lateKillEveryMs, stuckMs))) {
      // One that waits for a thread is not in the list, and no other statement's loss.
      const stuck = `${listed} AND elapsed * 1000 > ${stuckMs}`;
      if (control.open && control.query(stuck, 'TSV').trim() !== '') onStuck?.();
    }
  };
  void late();
}

async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = await Promise.race([promise.then(() => true as const), late]);
  clearTimeout(timer);
  return settled;
}

function badNames(state: SessionState): QueryFailed | undefined {
  for (const name of Object.keys(state.parameters)) {
    if (!isPlainName(name)) {
      return new QueryFailed({
        code: clickHouseCode.badArguments,
        message: `Parameter name ${name} is not a plain word`,
      });
    }
  }
  for (const name of Object.keys(state.settings)) {
    if (!isPlainName(name) || name.startsWith('param_')) {
      return new QueryFailed({
        code: clickHouseCode.unknownSetting,
        message: `Unknown setting ${name} (UNKNOWN_SETTING)`,
      });
    }
  }
  return undefined;
}
