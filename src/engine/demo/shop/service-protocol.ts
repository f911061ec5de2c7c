/** What the demo and the processes of its shop say to each other. */

export const serviceNames = ['web', 'cart', 'checkout', 'payment', 'inventory', 'bank', 'carriers'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where to reach the instances of the others, by name; sent again when one moves. */
export type Peers = Readonly<Partial<Record<ServiceName, readonly string[]>>>;

export type ToService = { readonly type: 'peers'; readonly peers: Peers } | { readonly type: 'stop' };
export type FromService =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly reason: string };

/** Handed to a service in this environment variable, as JSON. */
export const serviceSettingsVariable = 'OBS_DEMO_SERVICE';

export interface ServiceSettings {
  readonly version: string;
  /** Base URL of an OTLP/HTTP receiver. */
  readonly otlpHttp: string;
  /** Folder for the databases. */
  readonly folder: string;
  readonly seed: number;
  /** Behind each service's name in its telemetry, where several shops are open at once: `-7`. */
  readonly nameSuffix?: string;
  /** Does not prepare itself before it takes requests: what a warm-up would have done falls to the first of them. */
  readonly cold?: boolean;
  /** How often its telemetry is sent, in milliseconds; else as often as somebody who waits for it would have it. */
  readonly exportMs?: { readonly spans: number; readonly logs: number; readonly metrics: number };
}

/** Body of `POST /_control`: turns one behaviour of a running service on or off. */
export interface ControlRequest {
  readonly name: string;
  readonly value: number;
}
