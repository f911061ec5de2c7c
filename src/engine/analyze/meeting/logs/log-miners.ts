import { limits } from '../../../domain/limits.ts';
import type { LogGroup } from './read-groups.ts';
import {
  createServiceMiner,
  type KnownPattern,
  type MinedMinute,
  type ServiceMiner,
  type ServiceMinerState,
} from './service-miner.ts';

/** Plain JSON: a miner's state as text by service, the one silent for longest first. */
export type LogMinersState = readonly (readonly [service: string, state: string])[];

export type KnownPatterns = ReadonlyMap<string, readonly KnownPattern[]>;

export interface LogMiners {
  /** Services for which `mine` would begin with what is stored of them: neither in memory nor in the state. */
  readonly unknown: (services: readonly string[]) => readonly string[];
  readonly mine: (service: string, groups: readonly LogGroup[], minuteMs: number, known: KnownPatterns) => MinedMinute;
  readonly state: () => LogMinersState;
}

/** A miner for each service; of those silent for longest only the state is in memory, as text. */
export function createLogMiners(from: LogMinersState): LogMiners {
  const resting = new Map<string, string>(from);
  /** The one silent for longest first. */
  const live = new Map<string, ServiceMiner>();

  const minerOf = (service: string, known: KnownPatterns): ServiceMiner => {
    const running = live.get(service);
    live.delete(service);
    const miner = running ?? wake(service, known);
    live.set(service, miner);
    while (live.size > limits.patterns.liveMiners) rest();
    return miner;
  };

  const wake = (service: string, known: KnownPatterns): ServiceMiner => {
    const state = resting.get(service);
    resting.delete(service);
    return createServiceMiner(
      service,
      known.get(service) ?? [],
      state === undefined ? undefined : (JSON.parse(state) as ServiceMinerState),
    );
  };

  const rest = (): void => {
    const [service, miner] = live.entries().next().value as [string, ServiceMiner];
    live.delete(service);
    resting.set(service, JSON.stringify(miner.state()));
    for (const oldest of resting.keys()) {
      if (resting.size <= limits.patterns.services) break;
      resting.delete(oldest);
    }
  };

  return {
    unknown: (services) => services.filter((service) => !live.has(service) && !resting.has(service)),
    mine: (service, groups, minuteMs, known) => minerOf(service, known).mine(groups, minuteMs),
    state: () => [
      ...resting,
      ...[...live].map(([service, miner]): [string, string] => [service, JSON.stringify(miner.state())]),
    ],
  };
}
