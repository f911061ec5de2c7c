import type { Command } from '@oclif/core';

/** What oclif's own plugin leaves out: a completion script for fish (https://fishshell.com/docs/current/completions.html). */
export function fishCompletion(bin: string, commands: readonly Command.Loadable[]): string {
  const shown = commands
    // A command below another one (`autocomplete fish`) is a word of that one's arguments.
    .filter(({ hidden, id }) => hidden !== true && !id.includes(':'))
    .toSorted((a, b) => a.id.localeCompare(b.id));
  const lines = [`# Completion of ${bin} for fish.`, `complete -c ${bin} -f`];
  for (const command of shown) {
    const summary = command.summary ?? command.description ?? '';
    lines.push(`complete -c ${bin} -n __fish_use_subcommand -a ${command.id} -d ${quote(summary)}`);
    for (const flag of Object.values(command.flags)) {
      if (flag.hidden === true) continue;
      const when = `-n ${quote(`__fish_seen_subcommand_from ${command.id}`)}`;
      const short = flag.char === undefined ? '' : ` -s ${flag.char}`;
      const value = flag.type === 'option' ? valueOf(flag) : '';
      const description = flag.summary ?? flag.description ?? '';
      lines.push(`complete -c ${bin} ${when} -l ${flag.name}${short}${value} -d ${quote(description)}`);
    }
    if (command.id === 'import') lines.push(`complete -c ${bin} -n '__fish_seen_subcommand_from import' -F`);
  }
  return lines.join('\n');
}

/** `-x`: a value from the list; `-r`: a value, files completed for it. */
function valueOf(flag: Command.Flag.Cached): string {
  if (flag.type === 'option' && flag.options !== undefined && flag.options.length > 0) {
    return ` -x -a ${quote(flag.options.join(' '))}`;
  }
  return ['file', 'output'].includes(flag.name) ? ' -r -F' : ' -x';
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
