import { type ChildProcess, fork } from 'node:child_process';
import { Effect, type Scope } from 'effect';
import { DemoFailed } from '../domain/errors.ts';
import { serviceEntryPoint } from './entry-point.ts';
import {
  type FromService,
  type Peers,
  type ServiceName,
  type ServiceSettings,
  serviceSettingsVariable,
  type ToService,
} from './shop/service-protocol.ts';

/** One running service of the shop. */
export interface ShopProcess {
  readonly service: ServiceName;
  readonly version: string;
  readonly pid: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly setPeers: (peers: Peers) => void;
  /** Lets it finish its requests, send its telemetry and end; kills it after a while. */
  readonly stop: Effect.Effect<void>;
}

const readyMs = 20_000;
const stopMs = 4_000;
/** Small, so that a leak is felt within seconds. */
const heapMegabytes = 256;

/** Starts a service and waits until it listens. Whatever happens, no process outlives the scope. */
export function startProcess(
  service: ServiceName,
  settings: ServiceSettings,
): Effect.Effect<ShopProcess, DemoFailed, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => forkService(service, settings)),
    stopChild,
  ).pipe(
    Effect.flatMap((child) =>
      whenListening(service, child).pipe(
        Effect.map((port) => ({
          service,
          version: settings.version,
          pid: child.pid ?? 0,
          url: `http://127.0.0.1:${port}`,
          setPeers: (peers: Peers) => say(child, { type: 'peers', peers }),
          stop: stopChild(child),
        })),
      ),
    ),
  );
}

function forkService(service: ServiceName, settings: ServiceSettings): ChildProcess {
  // The user's own OTEL_* settings are not for the shop: they could send its telemetry elsewhere.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_')));
  return fork(serviceEntryPoint(service), [], {
    env: { ...environment, [serviceSettingsVariable]: JSON.stringify(settings) },
    execArgv: [`--max-old-space-size=${heapMegabytes}`, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function whenListening(service: ServiceName, child: ChildProcess): Effect.Effect<number, DemoFailed> {
  return Effect.callback<number, DemoFailed>((resume) => {
    const complaints: string[] = [];
    const fail = (reason: string): void => {
      const said = complaints.join('').trim();
      resume(
        Effect.fail(new DemoFailed({ step: `start the ${service} service`, reason: said === '' ? reason : said })),
      );
    };
    const timer = setTimeout(() => fail(`it did not listen within ${readyMs / 1000} s`), readyMs);
    // Read to the end of its life: a full pipe would block it.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (complaints.length < 20) complaints.push(text);
    });
    const onExit = (code: number | null, signal: string | null): void => fail(`it ended (${signal ?? code})`);
    child.once('exit', onExit);
    child.once('error', (error) => fail(error.message));
    child.once('message', (message: FromService) => {
      clearTimeout(timer);
      child.off('exit', onExit);
      if (message.type === 'ready') resume(Effect.succeed(message.port));
      else fail(message.reason);
    });
    return Effect.sync(() => clearTimeout(timer));
  });
}

function stopChild(child: ChildProcess): Effect.Effect<void> {
  return Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      resume(Effect.void);
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resume(Effect.void);
    });
    say(child, { type: 'stop' });
  });
}

/** A process that is about to end may have closed its channel already. */
function say(child: ChildProcess, message: ToService): void {
  if (child.connected) child.send(message, () => undefined);
}
