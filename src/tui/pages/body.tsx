import { Box } from 'ink';
import type { ReactNode } from 'react';
import { layoutOf, type Area, type PaneArea } from '../state/layout.ts';
import type { Model } from '../state/model.ts';
import { AnomaliesPane, AnomalyPane, IncidentsPane, PredictionsPane } from './anomalies.tsx';
import { ChartsPane } from './charts.tsx';
import { LogsPane, RecordPane } from './logs.tsx';
import { DeploymentsPane, HostsPane, InstancesPane } from './resources.tsx';
import { OperationsPane, ServicesPane } from './services.tsx';
import { SpanPane, TraceLogsPane, WaterfallPane } from './trace.tsx';
import { ErrorsPane, TracesPane } from './traces.tsx';

const panes = {
  services: ServicesPane,
  charts: ChartsPane,
  operations: OperationsPane,
  traces: TracesPane,
  errors: ErrorsPane,
  waterfall: WaterfallPane,
  span: SpanPane,
  traceLogs: TraceLogsPane,
  logs: LogsPane,
  record: RecordPane,
  deployments: DeploymentsPane,
  hosts: HostsPane,
  instances: InstancesPane,
  incidents: IncidentsPane,
  anomalies: AnomaliesPane,
  anomaly: AnomalyPane,
  predictions: PredictionsPane,
} as const satisfies Record<PaneArea['id'], unknown>;

/** What lies between header and footer. */
export function Body({ model }: { readonly model: Model }): ReactNode {
  return <AreaView model={model} area={layoutOf(model)} />;
}

function AreaView({ model, area }: { readonly model: Model; readonly area: Area }): ReactNode {
  if (area.kind === 'pane') {
    const Pane = panes[area.id];
    return <Pane model={model} area={area} />;
  }
  return (
    <Box flexDirection={area.kind} columnGap={area.kind === 'row' ? 1 : 0}>
      {area.areas.map((part, i) => (
        <AreaView key={part.kind === 'pane' ? part.id : `${part.kind}${i}`} model={model} area={part} />
      ))}
    </Box>
  );
}
