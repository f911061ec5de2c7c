import { bindingsFor, bindingsOf } from '../keys.ts';
import { completions } from '../state/command.ts';
import { recordsIn } from '../state/act.ts';
import { currentPage, currentView, servicesOf, type Model, type View } from '../state/model.ts';
import { pageOrder } from '../state/navigate.ts';
import { rowsOf } from '../state/rows.ts';
import { isRed } from '../state/why.ts';
import type { PageId } from '../roles.ts';
import { alarmLine, alarmWidth } from './alarm.ts';
import { compact } from './numbers.ts';
import { fitLine, lineWidth, printable, segment, spread, widthOf, type Line, type Segment } from './text.ts';
import { ago, clock, rangeText } from './time.ts';

/** Tabs of the pages, and whether what is seen is live. */
export function tabsLine(model: Model): Line {
  const { columns } = model.size;
  const live: Line = [segment(' '), ...liveState(model)];
  const room = columns - lineWidth(live);
  const forms = tabForms(model);
  return spread(forms.find((form) => lineWidth(form) <= room) ?? forms.at(-1) ?? [], live, columns);
}

/** The same tabs ever shorter: without blanks around, without the program's name, the other pages by number alone. */
function tabForms(model: Model): readonly Line[] {
  const page = currentPage(model);
  const tabs = (form: (number: number, id: PageId) => string): readonly Segment[] =>
    pageOrder(model).flatMap((id, i): Segment[] => [
      segment(' '),
      segment(form(i + 1, id), id === page ? 'tab' : 'muted'),
    ]);
  const program = segment('obs', 'title');
  const tight = tabs((number, id) => `${number} ${id}`);
  return [
    [program, ...tabs((number, id) => ` ${number} ${id} `)],
    [program, ...tight],
    tight,
    [program, ...tabs((number, id) => (id === page ? `${number} ${id}` : String(number)))],
  ];
}

function liveState({ paused, link, nowMs, ...model }: Model): Line {
  if (link.state === 'away')
    return [
      segment(`○ engine away${nowMs - link.sinceMs < 1000 ? '' : ` for ${ago(link.sinceMs, nowMs)}`}, retrying`, 'bad'),
    ];
  if (link.state === 'waiting') return [segment('○ connecting', 'muted')];
  if (paused === null) return [segment('● live', 'good')];
  const behind = recordsIn({ paused, link, nowMs, ...model }) - paused.records;
  return [segment(`‖ paused${behind > 0 ? `, ${compact(behind)} behind` : ''}`, 'warn')];
}

/** Role, range, what it is about, and where the data come from. */
export function scopeLine(model: Model): Line {
  const { columns } = model.size;
  const view = currentView(model);
  const totals = model.panels.totals?.data;
  const trail = model.views.slice(1).map((v) => trailName(v, columns));
  const services = servicesOf(model, view);
  const parts: Segment[] = [
    segment(model.role.name, 'accent'),
    segment(` · last ${rangeText(model.rangeMs)}`),
    ...(trail.length > 0 ? [segment(` › ${printable(trail.join(' › '))}`, 'title')] : []),
    ...(trail.length === 0 && services.length > 0 ? [segment(` · ${services.join(', ')}`, 'title')] : []),
    ...(view.filter !== '' && model.input === null ? [segment(` /${printable(view.filter)}`, 'match')] : []),
  ];
  const held = totals === undefined ? '' : `${compact(totals.spans)} spans  ${compact(totals.logs)} logs`;
  const host = model.endpoint.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const time = clock(model.paused?.atMs ?? model.nowMs, model.zone);
  const right = [held, host, time].filter((text) => text !== '');
  const alarm = model.panels.alarm?.data ?? { open: 0, worst: null };
  const wanted = Math.min(alarmWidth(alarm), mostAlarm);
  // The narrower the screen, the less of the right end: first the address goes, then the counts, then words of the alarm.
  for (const drop of [[], [host], [host, held]]) {
    const texts = right.filter((text) => !drop.includes(text));
    const rest = segment(texts.join(' · '), 'muted');
    const room = columns - lineWidth(parts) - widthOf(rest.text) - 2;
    if (room < (wanted === 0 ? 0 : wanted + 3) && drop.length < 2) continue;
    const words = alarmLine(alarm, room - 3);
    return spread(
      parts,
      [segment('  '), ...words, ...(words.length === 0 ? [] : [segment(' · ', 'muted')]), rest],
      columns,
    );
  }
  return fitLine(parts, columns);
}

/** So much of an alarm is worth more than the store's address and counts. */
const mostAlarm = 56;

function trailName({ place, subject, operation }: View, columns: number): string {
  if (place === 'logs') return `logs of ${subject}`;
  if (place === 'trace' && columns < 120) return `trace ${(subject ?? '').slice(0, 8)}`;
  return operation ?? subject ?? place;
}

/** The last line: what is being typed, a notice, or the keys that matter here. */
export function footerLine(model: Model): Line {
  const { columns } = model.size;
  if (model.input !== null) return inputLine(model, model.input);
  if (model.notice !== null) return fitLine([segment(' '), segment(printable(model.notice), 'warn')], columns);
  const view = currentView(model);
  const bindings =
    model.explaining !== null && model.help === null
      ? bindingsOf('answer')
      : bindingsFor(view.place, isRed(model, view));
  const line: Segment[] = [];
  let room = columns;
  for (const { label, short } of bindings) {
    const size = widthOf(label) + widthOf(short) + 3;
    if (size > room) break;
    line.push(segment(' '), segment(label, 'accent'), segment(` ${short} `, 'muted'));
    room -= size;
  }
  return fitLine(line, columns);
}

function inputLine(model: Model, input: NonNullable<Model['input']>): Line {
  const { columns } = model.size;
  const left: Line = [
    segment(input.mode === 'filter' ? '/' : ':', 'accent'),
    segment(printable(input.text)),
    segment('▏', 'accent'),
  ];
  if (input.mode === 'filter') {
    const rows = rowsOf(model, currentView(model).pane);
    const matches = rows.filter((row) => row.isMatch).length;
    const hint = input.text === '' ? 'Enter keeps, Esc cancels' : `${matches} of these rows match`;
    return spread(left, [segment(` ${hint} `, 'muted')], columns);
  }
  const lines = completions(input.completion?.typed ?? input.text, model);
  const rest = Math.max(0, columns - lineWidth(left) - 8);
  const shown: Segment[] = [segment('  Tab ', 'muted')];
  let used = 0;
  for (const [i, line] of lines.slice(0, 20).entries()) {
    used += widthOf(line) + 2;
    if (used > rest) break;
    shown.push(segment(line, input.completion?.index === i ? 'accent' : 'muted'), segment('  '));
  }
  return fitLine([...left, ...(lines.length === 0 ? [] : shown)], columns);
}
