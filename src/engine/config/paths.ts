import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where obs keeps what it keeps. All under `OBS_HOME` when that is set, else by the XDG base directory specification. */
export interface Paths {
  readonly home: string;
  readonly config: string;
  /** The embedded engine's directory; one process at a time may hold it. */
  readonly store: string;
  readonly spool: string;
  /** Copies of the embedded store. */
  readonly backups: string;
  /** The queue to the raw archive. */
  readonly archive: string;
  readonly models: string;
  /** Answers of `obs explain`, whose evidence `obs evidence` runs again. */
  readonly answers: string;
  /** Run state: the daemon's pid, ports and log. */
  readonly run: string;
  readonly runFile: string;
  readonly daemonLog: string;
}

export function resolvePaths(env: Readonly<Record<string, string | undefined>>): Paths {
  // The daemon and its engine run elsewhere: all of them must mean the same folder.
  const obsHome = env['OBS_HOME'] === undefined || env['OBS_HOME'] === '' ? null : resolve(env['OBS_HOME']);
  const data = obsHome ?? join(baseDirectory(env['XDG_DATA_HOME'], '.local', 'share'), 'obs');
  const state = obsHome ?? join(baseDirectory(env['XDG_STATE_HOME'], '.local', 'state'), 'obs');
  const config = obsHome ?? join(baseDirectory(env['XDG_CONFIG_HOME'], '.config'), 'obs');
  return {
    home: data,
    config: join(config, 'obs.yaml'),
    store: join(data, 'store'),
    spool: join(data, 'spool'),
    archive: join(data, 'archive'),
    backups: join(data, 'backups'),
    models: join(data, 'models'),
    answers: join(state, 'answers'),
    run: join(state, 'run'),
    runFile: join(state, 'run', 'daemon.json'),
    daemonLog: join(state, 'run', 'daemon.log'),
  };
}

/** XDG base directory specification 0.8: empty is unset, and a path that is not absolute is to be ignored. */
function baseDirectory(value: string | undefined, ...standard: readonly string[]): string {
  return value !== undefined && isAbsolute(value) ? value : join(homedir(), ...standard);
}
