import { Effect } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { fetchStatus } from './fetch-status.ts';

/** Whether the analyzer is switched off: as the running daemon says, else as the settings do. What cannot be known is no. */
export const isAnalyzerOff = (env: Readonly<Record<string, string | undefined>>): Effect.Effect<boolean> =>
  fetchStatus(env).pipe(
    Effect.map(({ analyzer }) => analyzer.state === 'off'),
    Effect.catchTag('NotRunning', () =>
      Effect.map(loadSettings({}, env, resolvePaths(env), process.cwd()), ({ analyze }) => !analyze.enabled),
    ),
    Effect.catch(() => Effect.succeed(false)),
  );
