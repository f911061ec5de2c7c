import { formatBytes } from '../config/bytes.ts';
import { signals } from '../domain/signals.ts';
import type { ArchiveStatus } from '../store/archive/archive-status.ts';
import type { StatusReport } from './status.ts';

/** The status for people, within 80 columns. */
export function describeStatus(report: StatusReport, nowUnixMs: number): string {
  const { engine, spool, memoryBytes, endpoints } = report;
  const lines = [
    `obs ${report.version} is ${report.ready ? 'ready' : 'NOT ready'} · pid ${report.pid} · up ${formatSeconds(report.uptimeSeconds)}`,
    ...report.warnings.map((warning) => `  ! ${warning}`),
    '',
    `  OTLP/gRPC   ${endpoints.otlpGrpc}`,
    `  OTLP/HTTP   ${endpoints.otlpHttp}`,
    `  Query       ${endpoints.query}`,
    ...describeSecurity(report.security),
    `  Engine      ${engine.kind}, ${engine.state}, pid ${engine.pid ?? '-'}, restarts ${engine.restarts}${engine.lastExit === null ? '' : ` (last: ${engine.lastExit})`}`,
    '',
    `  since start ${['received', 'stored*', 'rejected'].map((title) => title.padStart(12)).join('')}   * in the store now`,
    ...signals.map((signal) => {
      const cells = [report.received[signal], report.stored?.[signal] ?? '?', report.rejected[signal]];
      return `  ${signal.padEnd(12)}${cells.map((cell) => cell.toLocaleString('en').padStart(12)).join('')}`;
    }),
    ...signals.flatMap((signal) =>
      Object.entries(report.rejectedReasons[signal]).map(
        ([reason, count]) => `    rejected ${signal}: ${count} × ${reason}`,
      ),
    ),
    ...Object.entries(report.refusedRequests).map(([reason, count]) => `    refused requests: ${count} × ${reason}`),
    '',
    `  Spool       ${spool.segments} segments, ${spool.rows.toLocaleString('en')} rows, ${formatBytes(spool.bytes)}${spoolAge(report, nowUnixMs)}${spool.quarantined === 0 ? '' : `, ${spool.quarantined} set aside`}`,
    `  Disk        ${engine.status === null ? '?' : formatBytes(engine.status.diskBytes)} in ${report.home}${describeEvicted(engine.evicted)}`,
    `  Data        ${engine.status?.oldest === null || engine.status === null ? 'none yet' : `${engine.status.oldest} to ${engine.status.newest ?? '?'}`}`,
    `  Memory      daemon ${formatBytes(memoryBytes.daemon)}, engine ${bytesOrUnknown(memoryBytes.engine)}${report.analyzer.state === 'off' ? '' : `, analyzer ${bytesOrUnknown(memoryBytes.analyzer)}`}`,
    ...describeAnalyzer(report.analyzer),
  ];
  if (report.archive !== null) lines.push(archiveLine(report.archive, nowUnixMs));
  if (engine.status?.loader.lastError != null)
    lines.push(`  Loader      last error: ${engine.status.loader.lastError}`);
  return lines.join('\n');
}

const counting = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const bytesOrUnknown = (bytes: number | null): string => (bytes === null ? '?' : formatBytes(bytes));

function describeAnalyzer({ state, status }: StatusReport['analyzer']): readonly string[] {
  if (status === null) return [`  Analyzer    ${state}`];
  const { services, open, models, predictions } = status;
  const known = Object.entries(services).filter(([, count]) => count > 0);
  const watched = known.length === 0 ? 'nothing seen yet' : known.map(([of, count]) => `${count} for ${of}`).join(', ');
  const { right, wrong } = predictions;
  const counted = [
    counting(open.incidents, 'incident', 'incidents'),
    counting(open.anomalies, 'anomaly', 'anomalies'),
    counting(predictions.open, 'prediction', 'predictions'),
  ].join(', ');
  return [
    `  Analyzer    services known: ${watched}; ${counting(status.series, 'series', 'series')}; ${counting(models.loaded, 'model', 'models')}`,
    `              open: ${counted}`,
    ...(right + wrong === 0 ? [] : [`              of earlier predictions ${right} came true, ${wrong} did not`]),
  ];
}

function describeSecurity(security: StatusReport['security']): readonly string[] {
  if (security === null) return [];
  const { address, certificate, clientCertificates, token } = security;
  const tls = certificate === null ? 'no TLS' : `TLS to ${certificate.validTo.slice(0, 10)}`;
  const clients = clientCertificates ? ', client certificates' : '';
  return [`  Access      ${address}, ${tls}${clients}, ${token ? 'token' : 'no token'}`];
}

function archiveLine({ queue, uploaded, lastUploadUnixMs }: ArchiveStatus, nowUnixMs: number): string {
  const objects = signals.reduce((sum, signal) => sum + uploaded[signal].objects, 0);
  const last = lastUploadUnixMs === null ? '' : `, last ${formatSeconds((nowUnixMs - lastUploadUnixMs) / 1000)} ago`;
  return `  Archive     ${objects} objects written${last}; ${queue.files} files, ${formatBytes(queue.bytes)} waiting`;
}

function describeEvicted({ partitions, rows }: StatusReport['engine']['evicted']): string {
  if (partitions === 0) return '';
  return `\n              dropped at its cap since start: ${rows.toLocaleString('en')} rows, ${partitions} table-days`;
}

function spoolAge({ spool }: StatusReport, nowUnixMs: number): string {
  if (spool.oldestUnixMs === null || spool.segments === 0) return '';
  return `, oldest ${formatSeconds(Math.max(0, (nowUnixMs - spool.oldestUnixMs) / 1000))}`;
}

/** `93784` → `1d 2h`; two units at most. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
