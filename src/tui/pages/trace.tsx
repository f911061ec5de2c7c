import type { ReactNode } from 'react';
import { errorMark, noMark } from '../present/grades.ts';
import { logColumns } from '../present/logs.ts';
import { emptyNotice } from '../present/notices.ts';
import { spanLines } from '../present/span.ts';
import { chooseColumns } from '../present/table.ts';
import { traceSummary, waterfallHeading, waterfallLine } from '../present/waterfall.ts';
import { listRows, type PaneArea } from '../state/layout.ts';
import { listOf, scrollTo, selectedIndex } from '../state/lists.ts';
import { currentView, type Model } from '../state/model.ts';
import { logRows, spanRows } from '../state/row-lists.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';
import { Pane } from '../parts/pane.tsx';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

/** The spans of a trace over time, the critical path in bold bars. */
export function WaterfallPane({ model, area }: PaneOf): ReactNode {
  const { width, height } = area;
  const view = currentView(model);
  const detail = answerFor(model, 'trace', 'waterfall');
  const rows = spanRows(detail, view.filter);
  const isFocused = view.pane === 'waterfall';
  const title = `Trace ${(detail?.traceId ?? view.subject ?? '').slice(0, width >= 100 ? 32 : 8)}`;
  const empty = emptyNotice(model, 'waterfall', rows.length, width);
  if (detail === undefined || empty !== null) {
    return <Pane title={title} isFocused={isFocused} width={width} height={height} lines={empty ?? []} />;
  }
  const visible = listRows(area);
  const list = listOf(view, 'waterfall');
  const selected = selectedIndex(list, rows);
  const offset = scrollTo(list.offset, selected, visible, rows.length);
  const lines = rows
    .slice(offset, offset + visible)
    .map((row, i) => waterfallLine(detail, row.data, width, offset + i === selected, view.filter));
  return (
    <Pane
      title={title}
      note={traceSummary(detail, inSight(offset, visible, rows.length))}
      isFocused={isFocused}
      width={width}
      height={height}
      lines={[waterfallHeading(detail, width), ...lines]}
      selected={selected - offset + 1}
    />
  );
}

/** `1–10 of 14`; nothing when all rows are in sight. */
function inSight(offset: number, visible: number, rows: number): string {
  return rows > visible ? `${offset + 1}–${Math.min(rows, offset + visible)} of ${rows}` : '';
}

/** All that is known of the selected span; j and k scroll it. */
export function SpanPane({ model, area }: PaneOf): ReactNode {
  const { width, height } = area;
  const view = currentView(model);
  const detail = answerFor(model, 'trace', 'span');
  const rows = spanRows(detail, view.filter);
  const span = rows[selectedIndex(listOf(view, 'waterfall'), rows)]?.data;
  const isFocused = view.pane === 'span';
  if (detail === undefined || span === undefined) {
    const empty = emptyNotice(model, 'span', 0, width) ?? [];
    return <Pane title="Span" isFocused={isFocused} width={width} height={height} lines={empty} />;
  }
  const lines = spanLines(detail, span, width, model.zone);
  const visible = listRows(area);
  const offset = Math.min(listOf(view, 'span').offset, Math.max(0, lines.length - visible));
  const note = lines.length > visible ? `${Math.min(lines.length, offset + visible)} of ${lines.length} lines` : '';
  return (
    <Pane
      title="Span"
      note={note}
      isFocused={isFocused}
      width={width}
      height={height}
      lines={lines.slice(offset, offset + visible)}
    />
  );
}

export function TraceLogsPane({ model, area }: PaneOf): ReactNode {
  return (
    <ListPane
      model={model}
      area={area}
      title="Logs of the trace"
      columns={chooseColumns(logColumns(model, ''), ['time', 'severity', 'service', 'body'])}
      rows={logRows(answerFor(model, 'traceLogs', 'traceLogs') ?? [], '')}
      mark={(row) => (row.isError ? errorMark : noMark)}
    />
  );
}
