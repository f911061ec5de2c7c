import { randomBytes } from 'node:crypto';
import { Clock, Effect, Layer, Queue, Schedule, Scope, Stream } from 'effect';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { ObsError } from '../domain/errors.ts';
import { openSecurity, type SecuritySettings } from '../net/security.ts';
import { makeSignalEncoder } from '../otlp/signal-encoder.ts';
import { startArchive } from '../store/archive/archive.ts';
import { startOtlpGrpc } from '../receive/grpc/otlp-grpc.ts';
import { startOtlpHttp } from '../receive/http/otlp-http.ts';
import { makeIntake } from '../receive/intake.ts';
import { analyzePath, analyzeRoute } from './analyze-route.ts';
import { noAnalyzer, superviseAnalyzer } from './analyzer-supervisor.ts';
import { storagePath, storageRoute } from './storage-route.ts';
import { receiveTotals } from './receive-totals.ts';
import { diskSpool } from '../spool/disk-spool.ts';
import { Spool } from '../spool/spool.ts';
import { boundLog } from './bound-log.ts';
import { superviseEngine } from './engine-supervisor.ts';
import { logToStderr } from './log-to-stderr.ts';
import { processIdentity } from './process-identity.ts';
import { lockHome, publishRunState, type RunState, writeRunState } from './run-state.ts';
import { selfLog, selfMetrics } from './self-telemetry.ts';
import type { StatusReport } from './status.ts';
import { leastFreeBytes, statusWarnings } from './status-warnings.ts';
import { version } from './version.ts';
import { workWithoutAnalyzer } from './without-analyzer.ts';

const selfReportEvery = Schedule.spaced('10 seconds');

/**
 * The composition root: home lock, engine process, spool and receivers, in an order whose reverse is a clean shutdown
 * (no new requests, requests in flight answered, segments closed, engine stopped, lock given back). Runs until it is
 * interrupted.
 * @param onReady called with why no ClickHouse server answers, where none does: telemetry waits in the spool until then
 */
export const runDaemon = (
  settings: Settings,
  paths: Paths,
  onReady: (state: RunState, away: string | null) => Effect.Effect<void>,
): Effect.Effect<never, ObsError> =>
  Effect.gen(function* () {
    yield* lockHome(paths);
    yield* boundLog(paths.daemonLog);
    const startedAt = yield* Clock.currentTimeMillis;
    const events = yield* Queue.sliding<string>(100);
    const onEvent = (event: string): void => {
      process.stderr.write(`${new Date().toISOString()} ${event}\n`);
      Queue.offerUnsafe(events, event);
    };
    const { listen } = settings;
    const isOpen = listen.tls === null && listen.tokenFile === null;
    const localKey = randomBytes(32).toString('base64url');
    const securitySettings: SecuritySettings = { ...listen, localKey };
    const security = yield* openSecurity(securitySettings, onEvent);
    const host = listen.address;
    const engine = yield* superviseEngine(
      {
        storePath: paths.store,
        spoolPath: paths.spool,
        backupsPath: paths.backups,
        security: securitySettings,
        queryPort: settings.queryPort,
        clickhouse: settings.clickhouse,
        remote: settings.remote,
        retentionDays: settings.retentionDays,
        diskCapBytes: settings.diskCapBytes,
      },
      onEvent,
    );
    // Ends after the receivers: what they take last is archived too.
    const archive = settings.archive === null ? null : yield* startArchive(settings.archive, paths.archive);
    const context = yield* Layer.build(diskSpool({ directory: paths.spool, makeEncoder: makeSignalEncoder }));
    const parts = Effect.gen(function* () {
      const spool = yield* Spool;
      const intake = yield* makeIntake({}, archive?.tap ?? null, settings.repeats);
      yield* spool.sealed.pipe(
        Stream.runForEach(() => Effect.sync(engine.wake)),
        Effect.forkScoped,
      );
      const report = Effect.suspend(() => statusReport);
      // Started last, as it finds the others by the run file.
      let analyzer = noAnalyzer;
      // Both stop at once: each may wait ten seconds for its last requests.
      const receivers = yield* Effect.acquireRelease(Scope.make('parallel'), Scope.close);
      const http = yield* startOtlpHttp({
        host,
        security,
        port: settings.otlpHttpPort,
        flag: '--otlp-http-port',
        intake,
        actions: new Map([
          [storagePath, storageRoute(engine.work)],
          [analyzePath, analyzeRoute((task) => analyzer.work(task))],
        ]),
        routes: new Map([
          [
            '/health',
            // A gateway whose server is away takes telemetry: a load balancer must leave it in.
            () => Effect.runPromise(report.pipe(Effect.map((s) => json(takes(s) ? 200 : 503, { ready: s.ready })))),
          ],
          ['/status', () => Effect.runPromise(report.pipe(Effect.map((s) => json(200, s))))],
        ]),
      }).pipe(Scope.provide(receivers));
      const grpc = yield* startOtlpGrpc({
        host,
        security,
        port: settings.otlpGrpcPort,
        flag: '--otlp-grpc-port',
        intake,
      }).pipe(Scope.provide(receivers));
      const query = yield* engine.ready;
      const state = (): RunState => ({
        pid: process.pid,
        identity: processIdentity(process.pid),
        version,
        startedAt: new Date(startedAt).toISOString(),
        endpoints: { otlpGrpc: grpc.url, otlpHttp: http.url, query },
        secured: !isOpen,
        access: { localKey, certificate: security.certificate()?.pem ?? null },
      });
      const { startedAt: startedAtText, endpoints } = state();
      const statusReport: Effect.Effect<StatusReport> = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis;
        const engineStatus = yield* engine.status;
        const health = engine.health();
        const { received, rejected, reasons, repeatedRequests, refusedRequests } = receiveTotals(
          intake.counters.snapshot(),
        );
        const spoolStatus = yield* spool.status;
        const analyzerStatus = yield* analyzer.status;
        const archiveStatus = archive === null ? null : yield* archive.status;
        const engineReport: StatusReport['engine'] = {
          ...health,
          state:
            health.state === 'ready' && engineStatus != null && engineStatus.away !== null ? 'waiting' : health.state,
          kind: settings.clickhouse === null ? 'embedded' : 'remote',
          status: engineStatus,
        };
        const analyzerReport = { ...analyzer.health(), status: analyzerStatus };
        return {
          ready: engineReport.state === 'ready',
          parts: {
            receivers: true,
            query: health.state === 'ready',
            store: health.state === 'ready' && engineStatus !== null && engineStatus.stored !== null,
          },
          warnings: [
            ...statusWarnings(
              { engine: engineReport, spool: spoolStatus, archive: archiveStatus, analyzer: analyzerReport },
              leastFreeBytes([paths.home, paths.spool, paths.store]),
              now,
            ),
            ...security.status(now).problems,
          ],
          pid: process.pid,
          version,
          startedAt: startedAtText,
          uptimeSeconds: Math.round((now - startedAt) / 1000),
          endpoints,
          security: isOpen ? null : security.status(now),
          received,
          stored: engineStatus?.stored ?? null,
          rejected,
          rejectedReasons: reasons,
          repeatedRequests,
          refusedRequests: withQueries(refusedRequests, engineStatus?.refusedQueries ?? {}),
          spool: spoolStatus,
          archive: archiveStatus,
          engine: engineReport,
          analyzer: analyzerReport,
          memoryBytes: {
            daemon: process.memoryUsage.rss(),
            engine: engineStatus?.memoryBytes ?? null,
            analyzer: analyzerStatus?.memoryBytes ?? null,
          },
          home: paths.home,
        };
      });
      yield* reportOnItself(spool, statusReport, events);
      yield* publishRunState(paths, state());
      security.onCertificate(() => writeRunState(paths, state()));
      if (settings.analyze.enabled) {
        const oldestWaiting = (): Promise<number | null> =>
          Effect.runPromise(
            spool.status.pipe(Effect.map(({ segments, oldestUnixMs }) => (segments === 0 ? null : oldestUnixMs))),
          );
        analyzer = yield* superviseAnalyzer({ paths, analyze: settings.analyze }, engine.own, oldestWaiting, onEvent);
      } else analyzer = { ...noAnalyzer, work: workWithoutAnalyzer(paths, state(), engine.own) };
      if (!isOpen) yield* reloadOnSignal(security.reload);
      const away = settings.clickhouse === null ? null : ((yield* engine.status)?.away ?? null);
      yield* onReady(state(), away);
      return yield* Effect.never;
    });
    return yield* parts.pipe(Effect.provideContext(context));
  }).pipe(Effect.scoped, Effect.provide(logToStderr));

const takes = ({ ready, engine }: StatusReport): boolean => ready || engine.state === 'waiting';

/** SIGHUP looks at certificate and token at once; who closes a terminal sends it as well, and means the end. */
const reloadOnSignal = (reload: () => void): Effect.Effect<void, never, Scope.Scope> =>
  process.stdin.isTTY
    ? Effect.void
    : Effect.asVoid(
        Effect.acquireRelease(
          Effect.sync(() => process.on('SIGHUP', reload)),
          () => Effect.sync(() => process.off('SIGHUP', reload)),
        ),
      );

/** The refusals of receivers and query endpoint together. */
function withQueries(
  requests: Readonly<Record<string, number>>,
  queries: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const named = Object.entries(queries).map(([reason, count]) => [`query: ${reason}`, count]);
  return { ...requests, ...Object.fromEntries(named) };
}

/** Puts the daemon's own metrics and events into its own store. What cannot be taken is left out: the next report has it. */
const reportOnItself = Effect.fnUntraced(function* (
  spool: Spool['Service'],
  statusReport: Effect.Effect<StatusReport>,
  events: Queue.Queue<string>,
) {
  const metrics = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis;
    const { user, system } = process.cpuUsage();
    yield* spool.append('metrics', selfMetrics(yield* statusReport, (user + system) / 1e6, now), 'json');
  });
  yield* metrics.pipe(Effect.ignore, Effect.repeat(selfReportEvery), Effect.delay('5 seconds'), Effect.forkScoped);
  const logs = Effect.gen(function* () {
    const event = yield* Queue.take(events);
    const now = yield* Clock.currentTimeMillis;
    yield* spool.append('logs', selfLog(yield* statusReport, event, now), 'json');
  });
  yield* logs.pipe(Effect.ignore, Effect.forever, Effect.forkScoped);
});

function json(status: number, value: object): { status: number; contentType: string; body: string } {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
