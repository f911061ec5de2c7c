import type { ReactNode } from 'react';
import { headingLine, placeColumns, rowLine, type Column } from '../present/table.ts';
import { emptyNotice } from '../present/notices.ts';
import type { Segment } from '../present/text.ts';
import { listRows, type PaneArea } from '../state/layout.ts';
import { listOf, scrollTo, selectedIndex } from '../state/lists.ts';
import { currentView, type Model } from '../state/model.ts';
import type { Row } from '../state/row-lists.ts';
import { isTail } from '../state/rows.ts';
import { Pane } from './pane.tsx';

export interface ListPaneProps<T> {
  readonly model: Model;
  readonly area: PaneArea;
  readonly title: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly Row<T>[];
  readonly mark: (row: Row<T>) => Segment;
  readonly note?: string;
  /** Other panes tell of the selected row: it is marked also while they have the keys. */
  readonly leads?: boolean;
}

/** A table of which only the rows in sight are made. */
export function ListPane<T>({
  model,
  area,
  title,
  columns,
  rows,
  mark,
  note,
  leads = false,
}: ListPaneProps<T>): ReactNode {
  const { width, height, id } = area;
  const view = currentView(model);
  const isFocused = view.pane === id;
  const empty = emptyNotice(model, id, rows.length, width);
  if (empty !== null) return <Pane title={title} isFocused={isFocused} width={width} height={height} lines={empty} />;
  const visible = listRows(area);
  const selected = selectedIndex(listOf(view, id), rows, isTail(id));
  const offset = scrollTo(listOf(view, id).offset, selected, visible, rows.length);
  const placed = placeColumns(columns, width, rows);
  const shown = rows.slice(offset, offset + visible).map((row, i) => {
    const isChosen = (isFocused || leads) && offset + i === selected;
    return rowLine(placed, row.data, width, isChosen, mark(row), isFocused ? '▸' : '›');
  });
  const position = rows.length > visible ? `${selected + 1} of ${rows.length}` : `${rows.length} in all`;
  return (
    <Pane
      title={title}
      note={note === undefined ? position : `${note} · ${position}`}
      isFocused={isFocused}
      width={width}
      height={height}
      lines={[headingLine(placed, width), ...shown]}
      selected={selected - offset + 1}
    />
  );
}
