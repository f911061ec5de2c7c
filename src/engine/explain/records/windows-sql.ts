import { limits } from '../../domain/limits.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { quoteText } from '../../store/sql-text.ts';
import { at, during, oneIn, sampledByPrefix } from '../time-sql.ts';
import type { FilledWindow } from './choose-windows.ts';
import { slackMs } from './read-window.ts';

/** What records were compared in: the time that is asked about, and usual ones without those of known trouble. */
export interface ComparedWindows {
  readonly asked: FilledWindow;
  readonly usual: readonly FilledWindow[];
}

const all = ({ asked, usual }: ComparedWindows): readonly FilledWindow[] => [asked, ...usual];

const sampleOf = ({ spans }: FilledWindow): string => sampledByPrefix(oneIn(spans, limits.explain.recordSpans));

/** Where spans of the compared traces lie, as a condition. Of full windows a sample of traces, the one that was read. */
export const spansThere = (windows: ComparedWindows): string =>
  `(${all(windows)
    .map((window) => `(${during({ fromMs: window.fromMs - slackMs, toMs: window.toMs + slackMs })}${sampleOf(window)})`)
    .join('\n    OR ')}) AND ServiceName != ${quoteText(selfServiceName)} AND TraceId != ''`;

/** The same of log records. */
export const logsThere = (windows: ComparedWindows): string =>
  `(${all(windows)
    .map(
      (window) =>
        `(Timestamp >= ${at(window.fromMs - slackMs)} AND Timestamp < ${at(window.toMs + slackMs)}${sampleOf(window)})`,
    )
    .join('\n    OR ')})`;

/** The traces that began in a window, with the start of the window; as a table. */
export const tracesThere = (windows: ComparedWindows): string => `SELECT TraceId, multiIf(${all(windows)
  .map(
    ({ fromMs, toMs }) =>
      `min(Timestamp) >= ${at(fromMs)} AND min(Timestamp) < ${at(toMs)}, ${quoteText(new Date(fromMs).toISOString())}`,
  )
  .join(',\n    ')}, '') AS window
  FROM otel_traces WHERE ${spansThere(windows)}
  GROUP BY TraceId HAVING window != ''`;

/** Whether a row's window is the time that is asked about. */
export const isAsked = ({ asked }: ComparedWindows): string =>
  `window = ${quoteText(new Date(asked.fromMs).toISOString())}`;
