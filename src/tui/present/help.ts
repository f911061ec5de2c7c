import { keymap, type Binding } from '../keys.ts';
import { commandHelp } from '../state/command.ts';
import type { Role } from '../roles.ts';
import { fit, fitLine, segment, type Line } from './text.ts';

const groups: readonly Binding['group'][] = ['Move', 'Look', 'Find', 'Go'];

/** Everything that keys and commands do, from the one table; in two columns when there is room. */
export function helpLines(role: Role, width: number): readonly Line[] {
  const isWide = width >= 150;
  const half = isWide ? Math.floor(width / 2) - 1 : width;
  const keys = groups.flatMap((group) => [
    title(group, half),
    ...keymap.filter((b) => b.group === group).map((b) => entry(b.label, b.help, half, 10)),
  ]);
  const commands = [
    title('Commands', half),
    ...commandHelp.map(([form, help]) => entry(`:${form}`, help, half, 46)),
    title('Role', half),
    entry(role.name, role.summary, half, 10),
  ];
  if (!isWide) return [...keys, ...commands];
  return Array.from({ length: Math.max(keys.length, commands.length) }, (_, i) => [
    ...(keys[i] ?? fitLine([], half)),
    segment('  '),
    ...(commands[i] ?? fitLine([], half)),
  ]);
}

function title(text: string, width: number): Line {
  return fitLine([segment(` ${text}`, 'title')], width);
}

function entry(label: string, help: string, width: number, labelWidth: number): Line {
  return fitLine([segment('   '), segment(fit(label, labelWidth), 'accent'), segment(` ${help}`)], width);
}
