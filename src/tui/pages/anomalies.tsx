import type { ReactNode } from 'react';
import { anomalyColumns, incidentColumns, predictionColumns, stretchMark } from '../present/anomalies.ts';
import { anomalyLines } from '../present/anomaly.ts';
import { gradeMark } from '../present/grades.ts';
import { emptyNotice } from '../present/notices.ts';
import { recordText, silenceText } from '../present/quiet.ts';
import {
  chosenAnomaly,
  chosenIncident,
  incidentRows,
  predictionGrade,
  predictionsNow,
  shownAnomalies,
} from '../state/anomaly-rows.ts';
import { listRows, type PaneArea } from '../state/layout.ts';
import { listOf } from '../state/lists.ts';
import { currentView, type Model } from '../state/model.ts';
import { answerFor } from '../state/rows.ts';
import { ListPane } from '../parts/list-pane.tsx';
import { Pane } from '../parts/pane.tsx';

interface PaneOf {
  readonly model: Model;
  readonly area: PaneArea;
}

/** Anomalies that belong together: those that go on first, the most serious at the top. */
export function IncidentsPane({ model, area }: PaneOf): ReactNode {
  const data = answerFor(model, 'anomalies', 'incidents');
  const incidents = data?.incidents ?? [];
  const silent = data === undefined ? '' : silenceText(data.watched, model.nowMs);
  const open = incidents.filter((i) => i.endMs === null).length;
  return (
    <ListPane
      model={model}
      area={area}
      title="Incidents"
      leads={!currentView(model).allAnomalies}
      note={`${silent === '' ? '' : `${silent} · `}${open} open`}
      columns={incidentColumns(model, incidents, area.width)}
      rows={incidentRows(incidents, currentView(model).filter)}
      mark={(row) => stretchMark(row.data)}
    />
  );
}

/** Of the selected incident, or all. */
export function AnomaliesPane({ model, area }: PaneOf): ReactNode {
  const view = currentView(model);
  const data = answerFor(model, 'anomalies', 'anomalies');
  const incident = chosenIncident(data, view);
  const rows = shownAnomalies(data, view);
  return (
    <ListPane
      model={model}
      area={area}
      leads
      title={incident === null ? 'All anomalies' : 'Anomalies of the incident'}
      columns={anomalyColumns(
        model,
        rows.map((row) => row.data),
        area.width,
      )}
      rows={rows}
      mark={(row) => stretchMark(row.data)}
    />
  );
}

/** All that is known of the selected anomaly; j and k scroll it. */
export function AnomalyPane({ model, area }: PaneOf): ReactNode {
  const { width, height } = area;
  const view = currentView(model);
  const isFocused = view.pane === 'anomaly';
  const data = answerFor(model, 'anomalies', 'anomalies');
  const anomaly = chosenAnomaly(data, view);
  if (anomaly === null) {
    const empty = emptyNotice(model, 'anomaly', 0, width) ?? [];
    return <Pane title="Anomaly" isFocused={isFocused} width={width} height={height} lines={empty} />;
  }
  const incident = data?.incidents.find((i) => i.anomalyIds.includes(anomaly.id)) ?? null;
  const lines = anomalyLines(anomaly, incident, answerFor(model, 'series', 'anomaly'), model, width - 1);
  const visible = listRows(area);
  const offset = Math.min(listOf(view, 'anomaly').offset, Math.max(0, lines.length - visible));
  const note = lines.length > visible ? `${Math.min(lines.length, offset + visible)} of ${lines.length} lines` : '';
  return (
    <Pane
      title="Anomaly"
      note={note}
      isFocused={isFocused}
      width={width}
      height={height}
      lines={lines.slice(offset, offset + visible)}
    />
  );
}

/** What will be crossed or spent, the most pressing first, and how such claims came out. */
export function PredictionsPane({ model, area }: PaneOf): ReactNode {
  const data = answerFor(model, 'predictions', 'predictions');
  const record = data === undefined ? '' : recordText(data.record, area.width < 100);
  return (
    <ListPane
      model={model}
      area={area}
      title="Predictions"
      {...(record === '' ? {} : { note: record })}
      columns={predictionColumns(model)}
      rows={data === undefined ? [] : predictionsNow(model, currentView(model))}
      mark={(row) => gradeMark(predictionGrade(row.data, model.nowMs))}
    />
  );
}
