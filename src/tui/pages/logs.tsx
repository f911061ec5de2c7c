import type { ReactNode } from 'react';
import { errorMark, noMark } from '../present/grades.ts';
import { logColumns, recordLines } from '../present/logs.ts';
import { emptyNotice } from '../present/notices.ts';
import { chooseColumns } from '../present/table.ts';
import type { PaneArea } from '../state/layout.ts';
import { listOf, selectedIndex } from '../state/lists.ts';
import { currentView, type Model } from '../state/model.ts';
import { logRows } from '../state/row-lists.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';
import { Pane } from '../parts/pane.tsx';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

/** The newest records at the bottom; the list follows them until one goes up. */
export function LogsPane({ model, area }: PaneOf): ReactNode {
  const view = currentView(model);
  const { role } = model;
  const isFollowing = listOf(view, 'logs').key === null;
  const level = role.minSeverity === 'trace' ? '' : `, ${role.minSeverity} and above`;
  return (
    <ListPane
      model={model}
      area={area}
      title={`Logs${view.subject === null ? '' : ` of ${view.subject}`}${level}`}
      note={isFollowing ? 'following' : 'G follows'}
      columns={chooseColumns(logColumns(model, view.filter), role.columns.logs)}
      rows={logRows(answerFor(model, 'logs', 'logs') ?? [], view.filter)}
      mark={(row) => (row.isError ? errorMark : noMark)}
    />
  );
}

/** The selected record in full. */
export function RecordPane({ model, area }: PaneOf): ReactNode {
  const { width, height } = area;
  const view = currentView(model);
  const rows = logRows(answerFor(model, 'logs', 'record') ?? [], view.filter);
  const row = rows[selectedIndex(listOf(view, 'logs'), rows, true)]?.data;
  const lines =
    row === undefined
      ? (emptyNotice(model, 'record', 0, width) ?? [])
      : recordLines(row, width, height - 1, model.zone);
  return <Pane title="Record" isFocused={false} width={width} height={height} lines={lines} />;
}
