import { existsSync } from 'node:fs';
import { Effect } from 'effect';
import { findDamagedParts } from '../../store/embedded/damaged-parts.ts';
import { findDamagedDefinitions } from '../../store/embedded/definitions.ts';
import { adviseOnDamage, describeDamagedPart } from '../describe-damage.ts';
import { type Check, type Finding, ok, problem, skipped, warning } from './check.ts';

/** The embedded store's files, looked at from outside: parts that were taken out as damaged, definitions that are. */
export const checkStoredData: Check = ({ paths, settings }) =>
  Effect.sync((): readonly Finding[] => {
    if (settings.clickhouse !== null) return [skipped('stored data', 'a ClickHouse server keeps it', '')];
    if (!existsSync(paths.store)) return [ok('stored data', 'none yet')];
    const parts = findDamagedParts(paths.store);
    const definitions = findDamagedDefinitions(paths.store);
    const findings = [
      ...parts.map((part) => warning('stored data', describeDamagedPart(part), adviseOnDamage([part]))),
      ...definitions.map(({ name, content }) =>
        content !== null
          ? warning('stored data', `${name} is damaged`, 'It is put back from its copy at the next `obs up`')
          : problem('stored data', `${name} is damaged, and there is no copy of it`, 'Restore the store from a backup'),
      ),
    ];
    return findings.length > 0 ? findings : [ok('stored data', 'no damaged part, no damaged definition')];
  });
