import { useMemo, type ReactNode } from 'react';
import { chart } from '../present/chart.ts';
import { emptyNotice } from '../present/notices.ts';
import { duration, rate } from '../present/numbers.ts';
import { fit, joinColumns, segment, type Line } from '../present/text.ts';
import { rangeText } from '../present/time.ts';
import type { ServiceData } from '../state/data.ts';
import type { PaneArea } from '../state/layout.ts';
import type { Model } from '../state/model.ts';
import { answerFor } from '../state/rows.ts';
import { Pane } from '../parts/pane.tsx';
import type { Tone } from '../theme.ts';

/** Calls, errors and latency of one service over the range: as many charts side by side as have room. */
export function ChartsPane({ model, area }: { readonly model: Model; readonly area: PaneArea }): ReactNode {
  const { width, height } = area;
  const data = answerFor(model, 'service', 'charts');
  const empty = emptyNotice(model, 'charts', data === undefined ? 0 : 1, width);
  const title = data === undefined ? 'Service' : `${data.service}, last ${rangeText(model.rangeMs)}`;
  const charts = useMemo(() => (data === undefined ? [] : chartLines(data, width, height - 1)), [data, width, height]);
  const lines = empty ?? charts;
  return <Pane title={title} isFocused={false} width={width} height={height} lines={lines} />;
}

function chartLines(data: ServiceData, width: number, height: number): readonly Line[] {
  const all: readonly Plot[] = [
    { title: 'calls', values: data.perSecond, format: rate, tone: 'good' },
    { title: 'p95', values: data.p95, format: duration, tone: 'accent' },
    { title: 'errors', values: data.errorsPerSecond, format: rate, tone: 'bad' },
  ];
  const count = Math.max(1, Math.min(all.length, Math.floor(width / 50) + (width >= 60 ? 1 : 0)));
  const each = Math.floor(width / count);
  const plots = all.slice(0, count).map((plot) => plotLines(plot, each, height));
  return joinColumns(plots, each, width);
}

interface Plot {
  readonly title: string;
  readonly values: readonly number[];
  readonly format: (value: number) => string;
  readonly tone: Tone;
}

/** Mean of the last three steps in which something was, so that a blink does not read as silence. */
function now(values: readonly number[]): number {
  const recent = values.slice(-3).filter((value) => value > 0);
  return recent.length === 0 ? 0 : recent.reduce((sum, value) => sum + value, 0) / recent.length;
}

function plotLines({ title, values, format, tone }: Plot, width: number, height: number): readonly Line[] {
  // The step that has just begun says little by itself.
  const last = now(values);
  const top = Math.max(0, ...values);
  const caption = ` ${title}  now ${format(last)}  peak ${format(top)}`;
  if (top === 0) return [[segment(fit(caption, width), 'muted')], [segment(fit('   none', width), 'muted')]];
  const rows = chart(values, width - 1, height - 1, format).map((row): Line => [segment(`${row} `, tone)]);
  return [[segment(fit(caption, width), 'muted')], ...rows];
}
