import type { ReactNode } from 'react';
import { errorMark, noMark } from '../present/grades.ts';
import { deploymentColumns, hostColumns, instanceColumns } from '../present/resources.ts';
import { chooseColumns } from '../present/table.ts';
import type { PaneArea } from '../state/layout.ts';
import { currentView, type Model } from '../state/model.ts';
import { deploymentRows, hostRows, instanceRows, type Row } from '../state/row-lists.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';
import type { Segment } from '../present/text.ts';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

const errors = (row: Row<unknown>): Segment => (row.isError ? errorMark : noMark);

/** Versions that came up, the newest first: what telemetry shows of deployments. */
export function DeploymentsPane({ model, area }: PaneOf): ReactNode {
  const { role, nowMs } = model;
  const data = answerFor(model, 'resources', 'deployments')?.deployments ?? [];
  return (
    <ListPane
      model={model}
      area={area}
      title="Deployments, the newest first"
      columns={chooseColumns(deploymentColumns(role, nowMs), role.columns.deployments)}
      rows={deploymentRows(data, currentView(model).filter, role)}
      mark={errors}
    />
  );
}

export function HostsPane({ model, area }: PaneOf): ReactNode {
  const { role, nowMs } = model;
  const data = answerFor(model, 'resources', 'hosts')?.instances ?? [];
  return (
    <ListPane
      model={model}
      area={area}
      title="Hosts"
      columns={hostColumns(role, nowMs)}
      rows={hostRows(data, currentView(model).filter, role)}
      mark={errors}
    />
  );
}

export function InstancesPane({ model, area }: PaneOf): ReactNode {
  const { role, nowMs } = model;
  const data = answerFor(model, 'resources', 'instances')?.instances ?? [];
  return (
    <ListPane
      model={model}
      area={area}
      title="Instances"
      columns={chooseColumns(instanceColumns(role, nowMs), role.columns.instances)}
      rows={instanceRows(data, currentView(model).filter, role)}
      mark={errors}
    />
  );
}
