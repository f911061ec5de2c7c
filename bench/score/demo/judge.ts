import { faults } from '../../../src/engine/demo/faults.ts';
import type { ShopRun } from './run-shop.ts';

/** A row of `obs_anomalies`. */
export interface Found {
  readonly service: string;
  readonly startMs: number;
  readonly foundMs: number;
  readonly summary: string;
}

/** A row of `obs_incidents`. */
export interface FoundIncident {
  readonly startMs: number;
  readonly origin: string;
  readonly services: readonly string[];
}

export interface Judged extends ShopRun {
  /** The first anomaly of this shop that begins with or after the fault; `null`: missed. */
  readonly first: Found | null;
  /** Seconds from the fault to when it was found. */
  readonly delayS: number | null;
  /** Where the first incident of this shop that begins with or after the fault seems to come from. */
  readonly origin: string | null;
  readonly originIsCulprit: boolean;
  /** One of the anomalies after the fault is of the service at fault. */
  readonly namesCulprit: boolean;
  /** Those that begin before the fault. */
  readonly falseAlarms: readonly Found[];
}

/** The start of an anomaly is that of a window, which the fault may begin within, or of the window before. */
const windowMs = 20_000;
/** A shop that closes has no customers any more: its last windows are not judged. */
const closingMs = 20_000;

export function judge(run: ShopRun, anomalies: readonly Found[], incidents: readonly FoundIncident[]): Judged {
  const own = anomalies.filter(
    ({ service, startMs }) =>
      service.endsWith(run.suffix) &&
      startMs >= run.startMs - windowMs &&
      startMs < run.endMs - (run.fault === 'none' ? closingMs : 0),
  );
  const isOfFault = ({ startMs }: Found): boolean => run.fault !== 'none' && startMs > run.faultMs - windowMs;
  const after = own.filter(isOfFault).sort((a, b) => a.foundMs - b.foundMs);
  const first = after[0] ?? null;
  const culprit = run.fault === 'none' ? null : `${faults[run.fault].culprit.service}${run.suffix}`;
  const origin =
    incidents
      .filter(
        ({ services, startMs }) =>
          run.fault !== 'none' &&
          services.some((service) => service.endsWith(run.suffix)) &&
          startMs > run.faultMs - windowMs &&
          startMs < run.endMs,
      )
      .sort((a, b) => a.startMs - b.startMs)[0]?.origin ?? null;
  return {
    ...run,
    origin,
    originIsCulprit: origin !== null && origin === culprit,
    first,
    delayS: first === null ? null : (first.foundMs - run.faultMs) / 1000,
    namesCulprit: after.some(({ service }) => service === culprit),
    falseAlarms: own.filter((anomaly) => !isOfFault(anomaly)),
  };
}
