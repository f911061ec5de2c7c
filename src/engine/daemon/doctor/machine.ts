import {
  accessSync,
  closeSync,
  constants,
  fdatasyncSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { formatBytes } from '../../config/bytes.ts';
import { limits } from '../../domain/limits.ts';
import { makeFolder } from '../make-folder.ts';
import { type Check, type Finding, ok, problem, warning } from './check.ts';

const syncs = 50;
const slowSyncMs = 20;
const comfortableBytes = 2 * 1024 ** 3;

export const checkNode: Check = () =>
  Effect.sync(() => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const enough = major > 22 || (major === 22 && minor >= 15);
    return [
      enough
        ? ok('node', `${process.version} at ${process.execPath}`)
        : problem('node', `${process.version} is too old`, 'Install Node 22.15 or newer'),
    ];
  });

export const checkFolder: Check = ({ paths }) =>
  Effect.sync((): readonly Finding[] => {
    try {
      makeFolder(paths.home);
      accessSync(paths.home, constants.R_OK | constants.W_OK | constants.X_OK);
      const mode = statSync(paths.home).mode & 0o077;
      return [
        mode === 0
          ? ok('folder', paths.home)
          : warning('folder', `${paths.home} can be read by others`, `chmod 700 ${paths.home}`),
      ];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return [
        problem('folder', `${paths.home}: ${code}`, 'Give yourself the permission, or set OBS_HOME to another folder'),
      ];
    }
  });

/** Free space, and how long the disk takes to make one small write durable: every acknowledgement waits for that. */
export const checkDisk: Check = ({ paths }) =>
  Effect.sync((): readonly Finding[] => {
    const probe = join(paths.home, `.doctor-${process.pid}`);
    try {
      const { bavail, bsize } = statfsSync(paths.home);
      const free = bavail * bsize;
      const space =
        free < limits.spool.freeDiskBytes
          ? problem(
              'disk space',
              `${formatBytes(free)} free`,
              'Senders are refused below that: free some space or move OBS_HOME',
            )
          : free < comfortableBytes
            ? warning('disk space', `${formatBytes(free)} free`, 'Free some space, or lower store.diskCap in obs.yaml')
            : ok('disk space', `${formatBytes(free)} free`);
      const file = openSync(probe, 'w', 0o600);
      const times: number[] = [];
      try {
        for (let round = 0; round < syncs; round++) {
          const start = performance.now();
          writeSync(file, Buffer.alloc(4096, round));
          fdatasyncSync(file);
          times.push(performance.now() - start);
        }
      } finally {
        closeSync(file);
        rmSync(probe, { force: true });
      }
      times.sort((a, b) => a - b);
      const median = times[syncs / 2] ?? 0;
      const worst = times.at(-1) ?? 0;
      const detail = `fdatasync of 4 KiB: median ${median.toFixed(2)} ms, worst of ${syncs} ${worst.toFixed(1)} ms`;
      const speed =
        median > slowSyncMs
          ? warning('disk speed', detail, 'Each acknowledgement waits for the disk: put OBS_HOME on a local SSD')
          : ok('disk speed', detail);
      return [space, speed];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return [
        problem('disk', `cannot write to ${paths.home}: ${code}`, 'Check the folder, its disk and your permissions'),
      ];
    }
  });

const exporterEndpoints = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
];

/** Variables that would make instrumented programs started from this shell send elsewhere, or nowhere. */
export const checkEnvironment: Check = ({ env, running, settings }) =>
  Effect.sync((): readonly Finding[] => {
    const ours = new Set(
      running === null
        ? [String(settings.otlpGrpcPort), String(settings.otlpHttpPort)]
        : [running.endpoints.otlpGrpc, running.endpoints.otlpHttp].map((url) => new URL(url).port),
    );
    const findings: Finding[] = [];
    for (const name of exporterEndpoints) {
      const value = env[name];
      if (value === undefined || value === '') continue;
      const url = URL.canParse(value) ? new URL(value) : null;
      const local = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
      if (local && ours.has(url.port)) continue;
      findings.push(warning('environment', `${name}=${value} is not this obs`, `unset ${name}, or point it at obs`));
    }
    if (env['OTEL_SDK_DISABLED'] === 'true') {
      findings.push(warning('environment', 'OTEL_SDK_DISABLED=true', 'unset OTEL_SDK_DISABLED: SDKs send nothing'));
    }
    const proxy = env['HTTP_PROXY'] ?? env['http_proxy'];
    const noProxy = env['NO_PROXY'] ?? env['no_proxy'] ?? '';
    if (proxy !== undefined && proxy !== '' && !/localhost|127\.0\.0\.1|\*/.test(noProxy)) {
      findings.push(
        warning(
          'environment',
          `HTTP_PROXY is set and NO_PROXY leaves out localhost`,
          'export NO_PROXY=localhost,127.0.0.1',
        ),
      );
    }
    return findings.length > 0 ? findings : [ok('environment', 'no variable points elsewhere')];
  });
