import type { Agent } from 'node:https';
import { type Paths, resolvePaths } from '../config/paths.ts';
import { type Ask, askWith } from '../net/http-ask.ts';
import { PinnedAgent } from '../net/pinned-agent.ts';
import type { HttpQueryClientOptions } from '../store/http-query-client.ts';
import { readRunState, type RunState } from './run-state.ts';

/** How obs's own commands reach a daemon, also one that asks for TLS and a token. */
export interface DaemonAccess {
  /** One request to its receivers. */
  readonly ask: Ask;
  /** For `httpQueryClient`. */
  readonly query: HttpQueryClientOptions;
}

/**
 * Holds the daemon to the certificate in its run file, which this user alone can read, and carries the key from there:
 * commands need neither the token nor a client certificate, and work whatever names the certificate bears.
 */
export function accessTo(
  running: RunState,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DaemonAccess {
  return accessIn(resolvePaths(env), running);
}

/** The same for who knows the daemon's folders. */
export function accessIn(paths: Paths, running: RunState): DaemonAccess {
  const key = running.access?.localKey ?? null;
  const agent = running.access?.certificate == null ? undefined : agentFor(paths);
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return {
    ask: askWith(headers, agent),
    query: {
      endpoint: running.endpoints.query,
      // Not where nobody asks for it: while the engine starts again, its port may be another's for a moment.
      ...(key === null || running.secured === false ? {} : { password: key }),
      ...(agent === undefined ? {} : { agent }),
    },
  };
}

/** The run file is read for each new connection: the daemon writes a replaced certificate there. */
function agentFor(paths: Paths): Agent {
  return new PinnedAgent(() => readRunState(paths)?.access?.certificate ?? undefined);
}
