import type { Hook } from '@oclif/core';
import { editDistance } from '../../engine/domain/edit-distance.ts';
import { BadInput } from '../../engine/domain/errors.ts';
import { formatMessage, messageOf } from '../../engine/domain/messages.ts';
import { cannotRun, exitCodes, typedName } from './base-command.ts';

/** A command that is further than this from what was typed is not what was meant. */
const mostEdits = 2;

/** Says which commands are near what was typed; the same on a terminal, in a pipe and in CI. */
const unknownCommand: Hook.CommandNotFound = async function ({ id, config, context }) {
  const ids = config.commands.filter(({ hidden }) => hidden !== true).map((command) => command.id);
  process.stderr.write(`${formatMessage(messageOf(superfluous(id, ids) ?? unknown(typedName(id), ids)))}\n`);
  context.exit(exitCodes.failed);
};

/** A command and more words than it takes: oclif takes them for the name of a longer one. */
function superfluous(id: string, ids: readonly string[]): BadInput | null {
  const command = ids
    .filter((known) => id.startsWith(`${known}:`) && !ids.some((other) => other.startsWith(`${known}:`)))
    .toSorted((a, b) => b.length - a.length)[0];
  if (command === undefined) return null;
  return cannotRun(command, `it takes no argument "${typedName(id.slice(command.length + 1))}"`);
}

function unknown(typed: string, ids: readonly string[]): BadInput {
  const near = ids
    .map((known) => ({ name: typedName(known), edits: editsTo(typedName(known), typed) }))
    .filter(({ edits }) => edits <= mostEdits)
    .toSorted((a, b) => a.edits - b.edits || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => `\`obs ${name}\``);
  return new BadInput({
    what: `obs has no command "${typed}"`,
    why: near.length > 0 ? 'it is near the name of another one' : 'no command has a name like this',
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'See `obs help`',
  });
}

/** What was left off at the end is no mistake. */
function editsTo(known: string, typed: string): number {
  return typed.length > 1 && known.startsWith(typed) ? 0 : editDistance(typed, known, mostEdits + 1);
}

export default unknownCommand;
