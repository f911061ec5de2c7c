import { Effect, Result } from 'effect';
import type { ArchiveSettings } from '../config/archive-settings.ts';
import { formatBytes } from '../config/bytes.ts';
import { resolvePaths } from '../config/paths.ts';
import type { ObsError } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { messageOf } from '../domain/messages.ts';
import { type BySignal, signals } from '../domain/signals.ts';
import { archiveLocation } from '../store/archive/archive.ts';
import type { ArchiveStatus } from '../store/archive/archive-status.ts';
import { type Holdings, takeInventory } from '../store/archive/inventory.ts';
import { closedFiles, queuedBytes } from '../store/archive/queue-recovery.ts';
import { formatSeconds } from './describe-status.ts';
import { fetchStatus } from './fetch-status.ts';

/** What `obs archive status` prints. */
export interface ArchiveOverview {
  readonly location: string;
  /** Of the running daemon; `null` where none runs, or one that runs without an archive. */
  readonly daemon: ArchiveStatus | null;
  readonly queue: { readonly files: number; readonly bytes: number; readonly oldestUnixMs: number | null };
  /** Since the oldest request that waits came in; 0 when none waits. */
  readonly lagMs: number;
  /** What the bucket holds; `null` where it could not be asked. */
  readonly holdings: BySignal<Holdings> | null;
  /** Why it could not. */
  readonly unreachable: string | null;
}

export const archiveOverview = Effect.fnUntraced(function* (
  settings: ArchiveSettings,
  env: Readonly<Record<string, string | undefined>>,
  nowUnixMs: number,
  silenceMs: number = limits.archive.commandSilenceMs,
): Effect.fn.Return<ArchiveOverview, ObsError> {
  const daemon = yield* fetchStatus(env).pipe(
    Effect.map((report) => report.archive),
    Effect.orElseSucceed(() => null),
  );
  const { archive: directory } = resolvePaths(env);
  const waiting = closedFiles(directory);
  const oldestUnixMs = waiting[0]?.name.firstUnixMs ?? null;
  const { s3ObjectStore } = yield* Effect.promise(() => import('../store/archive/s3-object-store.ts'));
  const bucket = yield* takeInventory(settings.prefix).pipe(
    Effect.provide(s3ObjectStore(settings, silenceMs)),
    Effect.result,
  );
  return {
    location: archiveLocation(settings),
    daemon,
    queue: { files: waiting.length, bytes: queuedBytes(directory), oldestUnixMs },
    lagMs: oldestUnixMs === null ? 0 : Math.max(0, nowUnixMs - oldestUnixMs),
    holdings: Result.isSuccess(bucket) ? bucket.success : null,
    unreachable: Result.isFailure(bucket) ? messageOf(bucket.failure).why : null,
  };
});

/** For people, within 80 columns. */
export function describeArchive(
  { location, daemon, queue, lagMs, holdings, unreachable }: ArchiveOverview,
  nowUnixMs: number,
): string {
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `  ${name.padEnd(9)}${cells.map((cell) => cell.toLocaleString('en').padStart(12)).join('')}`;
  const hour = (text: string | null): string => text?.slice(0, 13).replace('T', ' ') ?? '-';
  const inBucket = (held: BySignal<Holdings>): readonly string[] => [
    row('', ['objects', 'bytes']) + '  oldest hour    newest hour (UTC)',
    ...signals.map((signal) => {
      const { objects, bytes, oldestHour, newestHour } = held[signal];
      return `${row(signal, [objects, formatBytes(bytes)])}  ${hour(oldestHour)}  ${hour(newestHour)}`;
    }),
  ];
  const lines = [
    `Archive ${location}`,
    '',
    ...(holdings === null ? [`  Bucket   not reachable (${unreachable})`] : inBucket(holdings)),
    '',
    `  Queue    ${queue.files} files wait, ${formatBytes(queue.bytes)} on disk, lag ${formatSeconds(lagMs / 1000)}`,
  ];
  if (daemon === null) return [...lines, '  Daemon   none that archives is running'].join('\n');
  const { lastUploadUnixMs, dropped, lastError } = daemon;
  const last = lastUploadUnixMs === null ? 'none yet' : `${formatSeconds((nowUnixMs - lastUploadUnixMs) / 1000)} ago`;
  lines.push(`  Daemon   last upload ${last}, ${daemon.failedUploads} uploads failed`);
  for (const [reason, count] of Object.entries(dropped.byReason)) {
    lines.push(`  ! left out since the start: ${count} requests × ${reason}`);
  }
  if (dropped.lastError !== null) lines.push(`  ! ${dropped.lastError}`);
  if (lastError !== null) lines.push(`  ! ${lastError}`);
  return lines.join('\n');
}
