import type { Anomaly } from '../../engine/domain/anomaly.ts';
import type { Prediction } from '../../engine/domain/prediction.ts';
import type { IncidentRow } from './anomaly-data.ts';
import { chosenAnomaly } from './anomaly-rows.ts';
import { openView, type Model, type View } from './model.ts';
import { pushAt } from './navigate.ts';
import { selected } from './rows.ts';

/** Who an incident, anomaly or prediction is about, and from when on. */
function subjectOf(model: Model, view: View): { service: string; host: string; atMs: number } | null {
  const anomaly = chosenAnomaly(model.panels.anomalies?.data, view);
  const row = selected(model, view.pane);
  switch (view.pane) {
    case 'incidents': {
      if (row === undefined) return null;
      const { origin, services, startMs } = row.data as IncidentRow;
      return { service: origin || (services.find((s) => s !== '') ?? ''), host: hostOf(anomaly), atMs: startMs };
    }
    case 'predictions': {
      if (row === undefined) return null;
      const { service, kind, subject } = (row.data as Prediction).series;
      return { service, host: kind === 'host' ? subject : '', atMs: model.nowMs };
    }
    default:
      return anomaly === null ? null : { service: anomaly.service, host: hostOf(anomaly), atMs: anomaly.startMs };
  }
}

function hostOf(anomaly: Anomaly | null): string {
  return anomaly?.carriers.find((carrier) => carrier.kind === 'host')?.subject ?? '';
}

/** Enter goes to the service, or to the host in the resources; `l` to the service's logs. */
export function openSubject(model: Model, view: View, place: 'service' | 'logs'): Model {
  const about = subjectOf(model, view);
  if (about === null) return model;
  if (about.service !== '') return pushAt(model, openView(model.role, place, { subject: about.service }), about.atMs);
  if (about.host === '') return { ...model, notice: 'It names neither a service nor a host' };
  const hosts = { ...openView(model.role, 'resources'), pane: 'hosts', filter: about.host } as const;
  return pushAt(model, hosts, about.atMs);
}
