import { Session } from 'chdb';
import type { Parameters } from '../store.ts';
import { quoteText } from '../sql-text.ts';

/** What a statement sets on its session for its own duration. */
export interface SessionState {
  readonly parameters: Parameters;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** A session with what earlier statements left on it. */
export interface PooledSession {
  readonly session: Session;
  readonly settings: Set<string>;
  readonly parameters: Set<string>;
}

/**
 * Open sessions on one directory. Settings and parameters go to a session by `SET` (0.1 ms) in place of chDB's bind
 * call, which lets only one statement with parameters run in the whole process at a time. What a statement set never
 * reaches the next one: settings go back to their defaults, and a session whose leftover parameters the next statement
 * could read is replaced (0.7 ms), since ClickHouse cannot take a parameter back.
 */
export class SessionPool {
  readonly #open: () => Session;
  readonly #idle: PooledSession[] = [];

  constructor(open: () => Session) {
    this.#open = open;
  }

  /** Callers bound how many they hold at once; the pool itself only keeps what comes back. */
  take(sql: string, state: SessionState): PooledSession {
    const pooled = this.#idle.pop();
    if (pooled !== undefined) {
      if (!couldReadLeftovers(pooled, sql, state)) return pooled;
      pooled.session.close();
    }
    return { session: this.#open(), settings: new Set(), parameters: new Set() };
  }

  giveBack(pooled: PooledSession): void {
    // `readonly` cannot be set back from within, so such a session ends here.
    if (pooled.settings.has('readonly')) pooled.session.close();
    else this.#idle.push(pooled);
  }

  discard(pooled: PooledSession): void {
    pooled.session.close();
  }

  close(): void {
    for (const pooled of this.#idle.splice(0)) pooled.session.close();
  }
}

/** The `SET` that brings a session into the state that a statement asks for, and notes what is now set on it. */
export function stateStatement(pooled: PooledSession, state: SessionState): string {
  const assignments: string[] = [];
  for (const name of pooled.settings) if (!(name in state.settings)) assignments.push(`${name} = DEFAULT`);
  pooled.settings.clear();
  for (const [name, value] of Object.entries(state.settings)) {
    assignments.push(`${name} = ${typeof value === 'number' ? value : quoteText(value)}`);
    pooled.settings.add(name);
  }
  for (const [name, value] of Object.entries(state.parameters)) {
    assignments.push(`param_${name} = ${quoteText(String(value))}`);
    pooled.parameters.add(name);
  }
  return `SET ${assignments.join(', ')}`;
}

function couldReadLeftovers(pooled: PooledSession, sql: string, state: SessionState): boolean {
  if (pooled.parameters.size === 0 || !sql.includes('{')) return false;
  // A quoted placeholder name may be written with escapes, where looking for the name would miss it.
  if (/\{\s*[`"]/.test(sql)) return true;
  for (const name of pooled.parameters) if (!(name in state.parameters) && sql.includes(name)) return true;
  return false;
}
