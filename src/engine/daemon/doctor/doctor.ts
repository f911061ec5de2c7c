import { Effect } from 'effect';
import { resolvePaths } from '../../config/paths.ts';
import { loadSettings } from '../../config/settings.ts';
import type { BadInput, ConfigInvalid } from '../../domain/errors.ts';
import { findDaemon } from '../find-daemon.ts';
import { checkStoredData } from './stored-data.ts';
import { checkEngine, checkPorts, checkRoundTrip } from './backend.ts';
import type { Check, Finding, Patient } from './check.ts';
import { checkArchive, checkLoading } from './waiting.ts';
import { checkDisk, checkEnvironment, checkFolder, checkNode } from './machine.ts';

const checks: readonly Check[] = [
  checkNode,
  checkFolder,
  checkDisk,
  checkEnvironment,
  checkPorts,
  checkEngine,
  checkStoredData,
  checkLoading,
  checkArchive,
  checkRoundTrip,
];

/** Runs every check of `obs doctor`, in the order in which a person would look. */
export const examine = Effect.fnUntraced(function* (
  env: Patient['env'],
  projectFolder: string,
): Effect.fn.Return<readonly Finding[], BadInput | ConfigInvalid> {
  const paths = resolvePaths(env);
  const settings = yield* loadSettings({}, env, paths, projectFolder);
  // A folder that cannot be read is what the check of the folder finds.
  const running = yield* findDaemon(paths).pipe(Effect.orElseSucceed(() => null));
  const patient: Patient = { env, paths, settings, running };
  return (yield* Effect.forEach(checks, (check) => check(patient))).flat();
});
