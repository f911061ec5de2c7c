import { statfsSync } from 'node:fs';
import { formatBytes } from '../config/bytes.ts';
import { limits } from '../domain/limits.ts';
import { printable } from '../domain/printable.ts';
import type { ArchiveStatus } from '../store/archive/archive-status.ts';
import { adviseOnDamage, describeDamagedPart } from './describe-damage.ts';
import { formatSeconds } from './describe-status.ts';
import type { StatusReport } from './status.ts';

/** What somebody should look at although everything answers, in sentences. */
export function statusWarnings(
  { engine, spool, archive, analyzer }: Pick<StatusReport, 'engine' | 'spool' | 'archive' | 'analyzer'>,
  freeDiskBytes: number | null,
  nowUnixMs: number,
): readonly string[] {
  const warnings: string[] = [];
  if (engine.state === 'waiting') {
    warnings.push(
      `acknowledged rows wait in the spool. ${engine.status?.away ?? 'No ClickHouse answers'}; tried again`,
    );
  } else if (engine.state !== 'ready') {
    warnings.push(`the engine is ${engine.state}: acknowledged rows wait in the spool`);
  }
  if (freeDiskBytes !== null && freeDiskBytes < limits.spool.freeDiskBytes) {
    warnings.push(`the disk has ${formatBytes(freeDiskBytes)} left: senders are refused (503) until there is more`);
  }
  const loader = engine.status?.loader;
  if (loader != null && loader.lastError !== null && spool.segments > 0) {
    warnings.push(`${spool.segments} segments wait to be loaded, last error: ${loader.lastError}`);
  }
  const waitedMs = spool.oldestUnixMs === null ? 0 : nowUnixMs - spool.oldestUnixMs;
  if (waitedMs > limits.spool.slowLoadMs) {
    const { segments, rows } = spool;
    warnings.push(
      `loading is behind: ${segments} segments with ${rows.toLocaleString('en')} rows wait, the oldest for ${formatSeconds(waitedMs / 1000)}`,
    );
  }
  const quarantined = spool.quarantined + (loader?.quarantined ?? 0);
  if (quarantined > 0) warnings.push(`${quarantined} segments had broken bytes, set aside in the spool's quarantine/`);
  if (archive !== null) warnings.push(...archiveWarnings(archive));
  warnings.push(...analyzerWarnings(analyzer));
  const damaged = engine.status?.damage.parts ?? [];
  const shown = 3;
  warnings.push(...damaged.slice(0, shown).map(describeDamagedPart));
  if (damaged.length > shown)
    warnings.push(`${damaged.length - shown} more parts are damaged: \`obs doctor\` lists them`);
  if (damaged.length > 0) warnings.push(adviseOnDamage(damaged));
  for (const name of engine.status?.damage.mended ?? [])
    warnings.push(`${name} was damaged and is put back from its copy`);
  if (engine.kind === 'embedded' && engine.status !== null && engine.status.diskBytes > engine.status.diskCapBytes) {
    warnings.push(
      `the store takes ${formatBytes(engine.status.diskBytes)}, over its cap of ${formatBytes(engine.status.diskCapBytes)}: older days go within 30 s, the newest one stays`,
    );
  }
  return warnings;
}

/** More than a few services with too many series have one cause. */
const servicesNamed = 3;

function analyzerWarnings({ state, restarts, lastExit, status }: StatusReport['analyzer']): readonly string[] {
  const warnings: string[] = [];
  if (state === 'restarting') {
    warnings.push(`the analyzer ended (${lastExit ?? '?'}) and is started again: nothing is detected meanwhile`);
  } else if (restarts > 2) {
    warnings.push(`the analyzer was started again ${restarts} times (last: ${lastExit ?? '?'})`);
  }
  if (status === null) return warnings;
  const { behindMs, leftOut, metricsLeftOut, models, hooks, problems } = status;
  if (behindMs > limits.analyze.behindMs) {
    warnings.push(`the analyzer is ${formatSeconds(behindMs / 1000)} behind with its windows`);
  }
  if (leftOut > 0) {
    warnings.push(
      `${leftOut.toLocaleString('en')} series are not watched: there are more than analyze.series in obs.yaml allows`,
    );
  }
  for (const { service, series } of metricsLeftOut.slice(0, servicesNamed)) {
    warnings.push(
      `${series.toLocaleString('en')} metric series of ${printable(service)} are not looked at: only the ${limits.features.seriesPerService} busiest of a service are`,
    );
  }
  for (const skipped of models.skipped) warnings.push(`a model is not used: ${skipped}`);
  if (hooks.givenUp > 0)
    warnings.push(`${hooks.givenUp} ${hooks.givenUp === 1 ? 'message' : 'messages'} of hooks could not be delivered`);
  for (const [part, why] of Object.entries(problems)) warnings.push(`the analyzer could not ${part}: ${why}`);
  return warnings;
}

function archiveWarnings({ dropped, lastError, damaged, queue }: ArchiveStatus): readonly string[] {
  const warnings: string[] = [];
  if (dropped.requests > 0) {
    const reasons = Object.entries(dropped.byReason).map(([reason, count]) => `${count} × ${reason}`);
    warnings.push(`the archive lacks ${dropped.requests} requests that the store has: ${reasons.join(', ')}`);
  }
  if (lastError !== null) warnings.push(`${queue.files} files wait for the archive. ${lastError}`);
  if (damaged > 0)
    warnings.push(`${damaged} files of the archive's queue had broken bytes, set aside in its quarantine/`);
  return warnings;
}

/** Where spool and store are on disks of their own, the one that is fuller; `null` where it cannot be known. */
export function leastFreeBytes(folders: readonly string[]): number | null {
  const known = folders.map(freeBytesOf).filter((bytes) => bytes !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Free space for this user on the disk of a folder. */
function freeBytesOf(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
