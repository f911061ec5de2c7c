import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where obs keeps what it keeps. All under `OBS_HOME` when that is set, else by the XDG base directory specification. */
export interface Paths {
  readonly home: string;
  readonly config: string;
  /** The embedded engine's directory; one process at a time may hold it. */
  readonly store: string;
  readonly spool: string;
  readonly models: string;
  /** Run state: the daemon's pid, ports and log. */
  readonly run: string;
  readonly runFile: string;
  readonly daemonLog: string;
}

export function resolvePaths(env: Readonly<Record<string, string | undefined>>): Paths {
  const obsHome = env['OBS_HOME'];
  const data = obsHome ?? join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'obs');
  const state = obsHome ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'obs');
  const config = obsHome ?? join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'obs');
  return {
    home: data,
    config: join(config, 'obs.yaml'),
    store: join(data, 'store'),
    spool: join(data, 'spool'),
    models: join(data, 'models'),
    run: join(state, 'run'),
    runFile: join(state, 'run', 'daemon.json'),
    daemonLog: join(state, 'run', 'daemon.log'),
  };
}
