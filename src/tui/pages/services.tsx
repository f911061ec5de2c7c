import type { ReactNode } from 'react';
import { gradeMark } from '../present/grades.ts';
import { compact, percent, rate } from '../present/numbers.ts';
import { operationColumns, serviceColumns } from '../present/services.ts';
import { chooseColumns } from '../present/table.ts';
import { operationGrade, serviceGrade } from '../state/burn.ts';
import type { PaneArea } from '../state/layout.ts';
import { currentView, type Model } from '../state/model.ts';
import { operationRows, serviceRows } from '../state/row-lists.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

/** Services with their golden signals, by default those that burn first. */
export function ServicesPane({ model, area }: PaneOf): ReactNode {
  const view = currentView(model);
  const { role } = model;
  const rows = serviceRows(answerFor(model, 'services', 'services') ?? [], view.filter, view.serviceSort, role);
  return (
    <ListPane
      model={model}
      area={area}
      title={`Services by ${view.serviceSort}`}
      note={signals(model)}
      columns={chooseColumns(serviceColumns(role, model.nowMs), role.columns.services)}
      rows={rows}
      mark={(row) => gradeMark(serviceGrade(row.data, role))}
    />
  );
}

/** All services in one line: traffic, errors, and how many burn. */
function signals(model: Model): string {
  const services = answerFor(model, 'services', 'services') ?? [];
  const sum = (of: (s: (typeof services)[number]) => number): number => services.reduce((total, s) => total + of(s), 0);
  const calls = sum((s) => s.calls);
  const burning = services.filter((s) => serviceGrade(s, model.role) === 'bad').length;
  const parts = [
    rate(sum((s) => s.perSecond)),
    `${percent(calls === 0 ? 0 : sum((s) => s.errors) / calls)} errors`,
    burning === 0 ? 'none burns' : `${compact(burning)} ${burning === 1 ? 'burns' : 'burn'}`,
  ];
  return services.length === 0 ? '' : parts.join(' · ');
}

/** The operations of one service, the busiest first. */
export function OperationsPane({ model, area }: PaneOf): ReactNode {
  const view = currentView(model);
  const { role } = model;
  const operations = answerFor(model, 'service', 'operations')?.operations ?? [];
  return (
    <ListPane
      model={model}
      area={area}
      title={`Operations of ${view.subject ?? ''} by time spent`}
      columns={operationColumns(role)}
      rows={operationRows(operations, view.filter, role)}
      mark={(row) => gradeMark(operationGrade(row.data, role))}
    />
  );
}
