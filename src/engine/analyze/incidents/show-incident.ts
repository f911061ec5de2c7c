import { Effect } from 'effect';
import type { Anomaly, Incident } from '../../domain/anomaly.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Stored } from './incident-rows.ts';
import type { Meeting } from '../meeting/together/beginning.ts';
import { whatStartedTogether } from '../meeting/together/what-started-together.ts';
import { anomaliesOf, incidentsByPrefix } from './store-incidents.ts';

export interface ShownIncident {
  readonly incident: Stored<Incident>;
  /** In order of their start. */
  readonly anomalies: readonly Stored<Anomaly>[];
  /** What else began around its start in the same services, the most surprising meeting first. */
  readonly meetings: readonly Meeting[];
}

/** A cause may begin some minutes before the first anomaly, and what follows some minutes after. */
const aroundMs = { before: 15 * 60_000, after: 10 * 60_000 } as const;

const named = 5;

/** @param prefix of an incident's id, as long as it names one alone */
export const findIncident = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<ShownIncident, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const found = prefix.trim() === '' ? [] : yield* incidentsByPrefix(prefix.trim(), named + 1);
  const [incident, second] = found;
  if (incident !== undefined && second === undefined) {
    const { startMs, services, anomalyIds } = incident;
    const around = { fromMs: startMs - aroundMs.before, toMs: startMs + aroundMs.after, services };
    return {
      incident,
      anomalies: yield* anomaliesOf(anomalyIds),
      meetings: services.length === 0 ? [] : yield* whatStartedTogether(around),
    };
  }
  const near = incident === undefined ? yield* incidentsByPrefix('', named) : found;
  const ids = near.slice(0, named).map(({ id }) => id);
  return yield* new BadInput({
    what: `Cannot show incident "${printable(prefix)}"`,
    why: incident === undefined ? 'no incident has an id that begins like this' : 'several ids begin like this',
    hint:
      ids.length === 0
        ? 'The store holds no incident yet; see `obs status`'
        : `${incident === undefined ? 'The newest' : 'They'} are ${ids.join(', ')}`,
  });
});
