import type { DamagedPart } from '../store/embedded/damaged-parts.ts';
import { storedTables } from '../store/table-signals.ts';

/** One damaged part in a sentence: which, how much it held, where it is now. */
export function describeDamagedPart({ table, part, day, rows, path }: DamagedPart): string {
  const held = rows === null ? 'an unknown number of rows' : `${rows.toLocaleString('en')} rows`;
  return `part ${part} of ${table} is damaged: ${held}${day === null ? '' : ` of ${day}`} are in no answer; its files are in ${path}`;
}

/**
 * What to try. A segment is deleted once its rows are synced into a part, so the spool has them only where the engine
 * died in between, and then they are loaded without being asked for; the raw archive has them for as long as it keeps them.
 */
export function adviseOnDamage(parts: readonly DamagedPart[]): string {
  const commands = new Set(parts.flatMap(replayCommand));
  const remove = 'then remove those files';
  if (commands.size === 0) return `Nothing brings them back but a backup; ${remove}`;
  return `With a raw archive: ${[...commands]
    .slice(0, 3)
    .map((command) => `\`${command}\``)
    .join(', ')}; without one only a backup has them; ${remove}`;
}

function replayCommand({ table, day }: DamagedPart): readonly string[] {
  const signal = storedTables.find(({ name }) => name === table && name.startsWith('otel_'))?.signal;
  if (signal === undefined || day === null) return [];
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 3600 * 1000).toISOString().slice(0, 10);
  return [`obs replay --since ${day}T00:00:00Z --until ${next}T00:00:00Z --signal ${signal}`];
}
