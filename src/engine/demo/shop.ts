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
  /** How many processes a service has, where it is not one; of carriers there are none otherwise. */
  readonly instances?: Instances;
  readonly exportMs?: ServiceSettings['exportMs'];
}

export type Instances = Readonly<Partial<Record<ServiceName, number>>>;

/** A running shop: one process an instance of a service, databases in a temporary folder that goes with it. */
export interface Shop {
  /** Where customers come in. */
  readonly webUrl: string;
  readonly pids: () => readonly number[];
  /**
   * Changes a behaviour of a running service (`shop/http-server.ts`, Switches).
   * @param instance which one, from 0 on; else all
   */
  readonly turn: (
    service: ServiceName,
    name: string,
    value: number,
    instance?: number,
  ) => Effect.Effect<void, DemoFailed>;
  /** A rolling deployment: the new version starts, takes over, and the old one finishes and ends. */
  readonly deploy: (service: ServiceName, version: string) => Effect.Effect<void, DemoFailed, Scope.Scope>;
  /** The same with the version that it has, by processes that take requests before they are warm. */
  readonly restartCold: (service: ServiceName) => Effect.Effect<void, DemoFailed, Scope.Scope>;
}

export const firstVersions: Readonly<Record<ServiceName, string>> = {
  web: '5.0.2',
  cart: '3.1.4',
  checkout: '2.7.0',
  payment: '1.9.3',
  inventory: '4.2.1',
  bank: '1.0.0',
  carriers: '1.0.0',
};

export function startShop({
  otlpHttp,
  seed,
  nameSuffix = '',
  exportMs,
  instances = {},
}: ShopOptions): Effect.Effect<Shop, DemoFailed, Scope.Scope> {
  return Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), 'obs-demo-'))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
    );
    const start = (service: ServiceName, version: string, cold = false) =>
      Effect.gen(function* () {
        // A folder for each, so that a new version of a service does not find the old one's files locked.
        const own = yield* Effect.sync(() => mkdtempSync(join(folder, `${service}-`)));
        return yield* startProcess(service, {
          version,
          otlpHttp,
          folder: own,
          seed,
          nameSuffix,
          cold,
          ...(exportMs === undefined ? {} : { exportMs }),
        });
      });
    const wanted = serviceNames.flatMap((service) =>
      Array.from({ length: instances[service] ?? (service === 'carriers' ? 0 : 1) }, () => service),
    );
    const started = yield* Effect.forEach(wanted, (service) => start(service, firstVersions[service]), {
      concurrency: 'unbounded',
    });
    const processes = Map.groupBy(started, ({ service }) => service);
    const introduce = (): void => {
      const peers: Peers = Object.fromEntries(
        [...processes].map(([service, its]) => [service, its.map(({ url }) => url)]),
      );
      for (const process of [...processes.values()].flat()) process.setPeers(peers);
    };
    introduce();
    const at = (service: ServiceName): readonly ShopProcess[] => processes.get(service) ?? [];
    const replace = Effect.fnUntraced(function* (service: ServiceName, version: string, cold: boolean) {
      const old = at(service);
      processes.set(service, yield* Effect.forEach(old, () => start(service, version, cold)));
      introduce();
      yield* Effect.forEach(old, ({ stop }) => stop, { discard: true });
    });
    return {
      webUrl: at('web')[0]?.url ?? '',
      pids: () => [...processes.values()].flat().map(({ pid }) => pid),
      turn: (service, name, value, instance) =>
        Effect.forEach(
          at(service).filter((_, index) => instance === undefined || index === instance),
          (process) => control(process, name, value),
          { discard: true },
        ),
      deploy: (service, version) => replace(service, version, false),
      restartCold: (service) => replace(service, at(service)[0]?.version ?? firstVersions[service], true),
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
