import { completions, parseCommand } from './command.ts';
import { openView, type Model, type TextInput } from './model.ts';
import { goTo, ownRange, push, withView } from './navigate.ts';

const longestInput = 200;

/** A key while a filter or command is being typed. */
export function typeKey(model: Model, input: TextInput, name: string): Model {
  switch (name) {
    case 'enter':
      return input.mode === 'filter' ? { ...model, input: null } : run({ ...model, input: null }, input.text);
    case 'esc':
      return cancel(model, input);
    case 'backspace':
      return input.text === ''
        ? cancel(model, input)
        : edit(model, input, Array.from(input.text).slice(0, -1).join(''));
    case 'ctrl-u':
      return edit(model, input, '');
    case 'ctrl-w':
      return edit(model, input, input.text.replace(/\S+\s*$/, ''));
    case 'tab':
      return input.mode === 'command' ? complete(model, input, 1) : model;
    case 'shift-tab':
      return input.mode === 'command' ? complete(model, input, -1) : model;
    case 'space':
      return edit(model, input, `${input.text} `);
    default:
      // Names of more than one character are keys that write nothing, such as arrows.
      return Array.from(name).length === 1 ? edit(model, input, input.text + name) : model;
  }
}

/** Pasted text: its first line, as if typed. */
export function paste(model: Model, input: TextInput, text: string): Model {
  return edit(model, input, input.text + (text.split(/[\r\n]/)[0] ?? ''));
}

function edit(model: Model, input: TextInput, text: string): Model {
  const next = { ...model, input: { ...input, text: text.slice(0, longestInput), completion: null } };
  return input.mode === 'filter' ? withView(next, { filter: text.slice(0, longestInput) }) : next;
}

function cancel(model: Model, input: TextInput): Model {
  const closed = { ...model, input: null };
  return input.mode === 'filter' ? withView(closed, { filter: input.before }) : closed;
}

function complete(model: Model, input: TextInput, step: 1 | -1): Model {
  const typed = input.completion?.typed ?? input.text;
  const lines = completions(typed, model);
  if (lines.length === 0) return model;
  const before = input.completion?.index ?? (step === 1 ? -1 : 0);
  const index = (before + step + lines.length) % lines.length;
  return { ...model, input: { ...input, text: lines[index] ?? typed, completion: { typed, index } } };
}

function run(model: Model, line: string): Model {
  if (line.trim() === '') return model;
  const command = parseCommand(line, model);
  switch (command.kind) {
    case 'page':
      return goTo(model, command.page);
    case 'service':
      return push(goTo(model, 'services'), openView(model.role, 'service', { subject: command.service }));
    case 'trace':
      return push(goTo(model, 'traces'), openView(model.role, 'trace', { subject: command.traceId }));
    case 'traceSort':
      return withView(goTo(model, 'traces'), { traceSort: command.sort, lists: {} });
    case 'serviceSort':
      return withView(goTo(model, 'services'), { serviceSort: command.sort, lists: {} });
    case 'range':
      // Who chooses a range keeps it, wherever Esc leads.
      return {
        ...model,
        rangeMs: command.ms,
        views: model.views.map((view) => ({ ...view, rangeBefore: null })) as unknown as Model['views'],
      };
    case 'role':
      return {
        ...model,
        role: command.role,
        rangeMs: ownRange(model),
        left: {},
        views: [openView(command.role, command.role.pages[0] ?? 'services')],
        notice: `${command.role.title}: ${command.role.summary}`,
      };
    case 'help':
      return { ...model, help: { offset: 0 } };
    case 'quit':
      return { ...model, exit: 0 };
    case 'wrong':
      return { ...model, notice: command.problem };
  }
}
