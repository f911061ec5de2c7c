import { bindingsOf } from '../keys.ts';
import { completions } from '../state/command.ts';
import { recordsIn } from '../state/act.ts';
import { currentPage, currentView, servicesOf, type Model, type View } from '../state/model.ts';
import { pageOrder } from '../state/navigate.ts';
import { rowsOf } from '../state/rows.ts';
import { compact } from './numbers.ts';
import { fitLine, lineWidth, printable, segment, spread, widthOf, type Line, type Segment } from './text.ts';
import { ago, clock, rangeText } from './time.ts';

/** Tabs of the pages, and whether what is seen is live. */
export function tabsLine(model: Model): Line {
  const { columns } = model.size;
  const page = currentPage(model);
  const tabs = pageOrder(model).flatMap((id, i): Segment[] => [
    segment(' '),
    segment(` ${i + 1} ${id} `, id === page ? 'tab' : 'muted'),
  ]);
  return spread([segment('obs', 'title'), ...tabs], [segment(' '), ...liveState(model)], columns);
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
  // The narrower the screen, the less of the right end: first the address goes, then the counts.
  for (const drop of [[], [host], [host, held]]) {
    const texts = right.filter((text) => !drop.includes(text));
    const line: Line = [segment(`  ${texts.join(' · ')}`, 'muted')];
    if (lineWidth(parts) + lineWidth(line) <= columns || drop.length === 2) return spread(parts, line, columns);
  }
  return fitLine(parts, columns);
}

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
  const place = currentView(model).place;
  const line: Segment[] = [];
  let room = columns;
  for (const { label, short } of bindingsOf(place)) {
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
