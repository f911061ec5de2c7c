import type { Hook } from '@oclif/core';
import { editDistance } from '../../engine/domain/edit-distance.ts';
import { exitCodes } from './base-command.ts';

/** A command that is further than this from what was typed is not what was meant. */
const mostEdits = 2;

/** Says which commands are near what was typed; the same on a terminal, in a pipe and in CI. */
const unknownCommand: Hook.CommandNotFound = async function ({ id, config, context }) {
  const typed = id.replaceAll(':', ' ');
  const near = config.commands
    .filter(({ hidden }) => hidden !== true)
    .map((command) => ({ id: command.id, edits: editsTo(command.id, typed) }))
    .filter(({ edits }) => edits <= mostEdits)
    .toSorted((a, b) => a.edits - b.edits || a.id.localeCompare(b.id))
    .slice(0, 3)
    .map((command) => `\`obs ${command.id}\``);
  process.stderr.write(
    `obs has no command "${typed}".\n  Next: ${near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'See `obs help`'}\n`,
  );
  context.exit(exitCodes.failed);
};

/** What was left off at the end is no mistake. */
function editsTo(known: string, typed: string): number {
  return typed.length > 1 && known.startsWith(typed) ? 0 : editDistance(typed, known, mostEdits + 1);
}

export default unknownCommand;
