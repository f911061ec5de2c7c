import { actionOf } from '../keys.ts';
import { act, maxScroll } from './act.ts';
import type { PanelAnswer } from './data.ts';
import type { Event } from './events.ts';
import { actOnAnswer } from './explaining.ts';
import type { Model } from './model.ts';
import { paste, typeKey } from './type-in.ts';

/** The one way the state changes: pure, and the same model again when nothing did. */
export function update(model: Model, event: Event): Model {
  switch (event.type) {
    case 'key':
      return pressed(model.notice === null ? model : { ...model, notice: null }, event.name);
    case 'pasted':
      return model.input === null ? model : paste(model, model.input, event.text);
    case 'resized': {
      const { columns, rows } = event;
      return model.size.columns === columns && model.size.rows === rows ? model : { ...model, size: { columns, rows } };
    }
    case 'ticked':
      return model.nowMs === event.nowMs ? model : { ...model, nowMs: event.nowMs };
    case 'answered':
      return answered(model, event.answer);
    case 'explained':
      return model.explaining?.question === event.question
        ? { ...model, explaining: { ...model.explaining, outcome: event.outcome } }
        : model;
    case 'failed':
      return failed(model, event);
  }
}

function pressed(model: Model, name: string): Model {
  if (name === 'ctrl-c') return { ...model, exit: 130 };
  if (model.input !== null) return typeKey(model, model.input, name);
  const action = actionOf(name);
  if (action === undefined) return model;
  if (model.help === null) {
    const onAnswer = model.explaining === null ? null : actOnAnswer(model, model.explaining, action);
    return onAnswer ?? act(model, action);
  }
  const { offset } = model.help;
  const scrolled = (by: number): Model => ({
    ...model,
    help: { offset: Math.max(0, Math.min(maxScroll, offset + by)) },
  });
  switch (action) {
    case 'help':
    case 'back':
    case 'open':
      return { ...model, help: null };
    case 'quit':
      return { ...model, help: null };
    case 'down':
      return scrolled(1);
    case 'up':
      return scrolled(-1);
    case 'halfDown':
      return scrolled(8);
    case 'halfUp':
      return scrolled(-8);
    default:
      return model;
  }
}

function answered(model: Model, answer: PanelAnswer): Model {
  const { id, key, data, atMs } = answer;
  const before = model.panels[id];
  const { [id]: problem, ...problems } = model.problems;
  const panels =
    before !== undefined && before.key === key && before.data === data
      ? model.panels
      : { ...model.panels, [id]: { key, data, atMs } };
  const isSame = panels === model.panels && model.link.state === 'live' && problem === undefined;
  if (isSame) return model.nowMs === atMs ? model : { ...model, nowMs: atMs };
  return { ...model, panels, problems, link: { state: 'live' }, nowMs: atMs };
}

function failed(model: Model, event: Extract<Event, { readonly type: 'failed' }>): Model {
  const { id, atMs, reason, away } = event;
  if (!away) return { ...model, nowMs: atMs, problems: { ...model.problems, [id]: reason }, link: { state: 'live' } };
  const sinceMs = model.link.state === 'away' ? model.link.sinceMs : atMs;
  return { ...model, nowMs: atMs, link: { state: 'away', reason, sinceMs } };
}
