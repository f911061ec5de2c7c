import type { ReactNode } from 'react';
import { errorMark, gradeMark } from '../present/grades.ts';
import { errorColumns, traceColumns } from '../present/traces.ts';
import { chooseColumns } from '../present/table.ts';
import { traceGrade } from '../state/burn.ts';
import type { PaneArea } from '../state/layout.ts';
import { currentView, type Model } from '../state/model.ts';
import { errorRows, traceRows } from '../state/row-lists.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

const titles = { recent: 'Recent traces', slowest: 'Slowest traces', errors: 'Traces with errors' } as const;

export function TracesPane({ model, area }: PaneOf): ReactNode {
  const view = currentView(model);
  const of = view.operation ?? view.subject;
  return (
    <ListPane
      model={model}
      area={area}
      title={`${titles[view.traceSort]}${of === null ? '' : ` of ${of}`}`}
      columns={chooseColumns(traceColumns(model), model.role.columns.traces)}
      rows={traceRows(answerFor(model, 'traces', 'traces') ?? [], view.filter, model.role)}
      mark={(row) => gradeMark(traceGrade(row.data, model.role))}
    />
  );
}

/** Error spans in groups: the same operation failing with the same message. */
export function ErrorsPane({ model, area }: PaneOf): ReactNode {
  return (
    <ListPane
      model={model}
      area={area}
      title="Errors, the latest first"
      columns={errorColumns(model)}
      rows={errorRows(answerFor(model, 'errors', 'errors') ?? [], currentView(model).filter)}
      mark={() => errorMark}
    />
  );
}
