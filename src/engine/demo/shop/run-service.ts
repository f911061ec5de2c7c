import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { seededRandom, type Random } from '../load/random.ts';
import { PeerClient } from './http-client.ts';
import { serveRoutes, type Route, type Switches } from './http-server.ts';
import type { WaitingLine } from './waiting-line.ts';
import {
  serviceSettingsVariable,
  type FromService,
  type ServiceName,
  type ServiceSettings,
  type ToService,
} from './service-protocol.ts';
import { startTelemetry } from './telemetry/start-telemetry.ts';

/** What a service gets to work with. */
export interface ServiceContext extends ServiceSettings {
  readonly peers: PeerClient;
  /** Seeded by the demo's seed and the service's name. */
  readonly random: Random;
}

export interface Service {
  readonly routes: readonly Route[];
  readonly switches?: Switches;
  /** Requests that it works on at once, where it has a limit, as servers with a thread for each have. */
  readonly places?: WaitingLine;
  readonly close?: () => void;
  /** What it does before it takes requests, unless it starts cold. */
  readonly warmUp?: () => void;
}

export interface RunOptions {
  /** False for what stands for a third party: others' traces end at its door. */
  readonly instrumented?: boolean;
}

/**
 * The life of a service process: telemetry, the service's own parts, HTTP on a free loopback port, until the demo says
 * stop. It also ends when the demo's end of the channel goes away, however the demo died.
 */
export async function runService(
  name: ServiceName,
  build: (context: ServiceContext) => Service,
  { instrumented = true }: RunOptions = {},
): Promise<void> {
  const say = (message: FromService): void => void process.send?.(message);
  // Ctrl-C reaches the whole process group; the demo decides when its services end.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));

  const settings = JSON.parse(process.env[serviceSettingsVariable] ?? '') as ServiceSettings;
  const shutDownTelemetry = instrumented
    ? startTelemetry({ ...settings, service: `${name}${settings.nameSuffix ?? ''}` })
    : async () => undefined;
  const peers = new PeerClient();
  const service = build({ ...settings, peers, random: seededRandom(`${settings.seed} ${name}`) });
  if (settings.cold !== true) service.warmUp?.();
  const server = serveRoutes(service.routes, service.switches ?? {}, service.places);

  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
    await closed;
    await shutDownTelemetry();
    service.close?.();
    process.exit(0);
  };
  process.on('message', (message: ToService) => {
    if (message.type === 'peers') peers.setPeers(message.peers);
    else void stop();
  });
  process.once('SIGTERM', () => void stop());

  server.on('error', (error) => say({ type: 'failed', reason: error.message }));
  server.listen(0, '127.0.0.1', () => say({ type: 'ready', port: (server.address() as AddressInfo).port }));
}
