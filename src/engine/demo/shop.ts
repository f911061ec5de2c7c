import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, type Scope } from 'effect';
import { DemoFailed } from '../domain/errors.ts';
import { startProcess, type ShopProcess } from './shop-process.ts';
import { type Peers, type ServiceName, serviceNames, type ServiceSettings } from './shop/service-protocol.ts';

export interface ShopOptions {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly otlpHttp: string;
  readonly seed: number;
  readonly nameSuffix?: string;
  readonly exportMs?: ServiceSettings['exportMs'];
}

/** A running shop: one process a service, databases in a temporary folder that goes with it. */
export interface Shop {
  /** Where customers come in. */
  readonly webUrl: string;
  readonly pids: () => readonly number[];
  /** Changes a behaviour of a running service (`shop/http-server.ts`, Switches). */
  readonly turn: (service: ServiceName, name: string, value: number) => Effect.Effect<void, DemoFailed>;
  /** A rolling deployment: the new version starts, takes over, and the old one finishes and ends. */
  readonly deploy: (service: ServiceName, version: string) => Effect.Effect<void, DemoFailed, Scope.Scope>;
}

export const firstVersions: Readonly<Record<ServiceName, string>> = {
  web: '5.0.2',
  cart: '3.1.4',
  checkout: '2.7.0',
  payment: '1.9.3',
  inventory: '4.2.1',
  bank: '1.0.0',
};

export function startShop({
  otlpHttp,
  seed,
  nameSuffix = '',
  exportMs,
}: ShopOptions): Effect.Effect<Shop, DemoFailed, Scope.Scope> {
  return Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), 'obs-demo-'))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
    );
    const start = (service: ServiceName, version: string) =>
      Effect.gen(function* () {
        // A folder for each, so that a new version of a service does not find the old one's files locked.
        const own = yield* Effect.sync(() => mkdtempSync(join(folder, `${service}-`)));
        return yield* startProcess(service, {
          version,
          otlpHttp,
          folder: own,
          seed,
          nameSuffix,
          ...(exportMs === undefined ? {} : { exportMs }),
        });
      });
    const started = yield* Effect.forEach(serviceNames, (service) => start(service, firstVersions[service]), {
      concurrency: 'unbounded',
    });
    const processes = new Map<ServiceName, ShopProcess>(started.map((process) => [process.service, process]));
    const introduce = (): void => {
      const peers: Peers = Object.fromEntries([...processes].map(([service, { url }]) => [service, url]));
      for (const process of processes.values()) process.setPeers(peers);
    };
    introduce();
    const at = (service: ServiceName): ShopProcess => processes.get(service)!;
    return {
      webUrl: at('web').url,
      pids: () => [...processes.values()].map(({ pid }) => pid),
      turn: (service, name, value) => control(at(service), name, value),
      deploy: Effect.fnUntraced(function* (service, version) {
        const old = at(service);
        processes.set(service, yield* start(service, version));
        introduce();
        yield* old.stop;
      }),
    };
  });
}

function control({ url, service }: ShopProcess, name: string, value: number): Effect.Effect<void, DemoFailed> {
  const failed = (reason: string): DemoFailed => new DemoFailed({ step: `turn ${name} of ${service}`, reason });
  return Effect.tryPromise({
    try: (signal) =>
      fetch(`${url}/_control`, { method: 'POST', body: JSON.stringify({ name, value }), signal }).then((answer) =>
        answer.text().then((text) => ({ ok: answer.ok, text })),
      ),
    catch: (error) => failed(String(error)),
  }).pipe(Effect.flatMap(({ ok, text }) => (ok ? Effect.void : Effect.fail(failed(text)))));
}
