import { type Change, changeId, rollbackAttribute, type Rollout, rolloutAttribute } from './change.ts';
import { pauseMs, type VersionRun } from './version-runs.ts';

/** What is there so soon after a service is first seen came with it: in an empty store everything is new. */
const settledMs = 10_000;
/** And in these minutes only what plainly took another's place is new: of two that go on, one was merely seen later. */
const firstMinutesMs = 2 * 60_000;
/** A version that still runs so long after the next one began runs beside it. */
const besideMs = 10 * 60_000;
/** Spans of each side without which a version that comes back may just have had nothing to do. */
const leastSpans = 20;
/** Versions that come back more often in a day take turns; nobody deploys them. */
const mostReturns = 2;
const dayMs = 24 * 3_600_000;
const hourMs = 3_600_000;
/** Services of which so many versions run within an hour are programs of customers, who update when they like. */
const mostVersions = 6;

interface Deployed {
  readonly run: VersionRun;
  readonly isReturn: boolean;
}

/**
 * Deployments that runs of versions show in [fromMs, toMs): a version that is first seen while another one is known, and
 * one that comes back after another replaced it. By service and environment. The same runs give the same ids; runs before
 * `fromMs` must be among them, since they are what is known.
 */
export function deploymentsOf(runs: readonly VersionRun[], fromMs: number, toMs: number): readonly Change[] {
  const groups = Map.groupBy(runs, ({ service, environment }) => `${service}\u0000${environment}`);
  return [...groups.values()]
    .flatMap((own) => ofGroup(own))
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

function ofGroup(unsorted: readonly VersionRun[]): readonly Change[] {
  const runs = unsorted.toSorted((a, b) => a.startMs - b.startMs || (a.version < b.version ? -1 : 1));
  const beganMs = runs[0]?.startMs ?? 0;
  const newestMs = runs.reduce((newest, { endMs }) => Math.max(newest, endMs), 0);
  const last = new Map<string, VersionRun>();
  const startsInHour = new Map<string, number>();
  const deployed: Deployed[] = [];
  const found: Change[] = [];
  for (const run of runs) {
    const former = last.get(run.version);
    last.set(run.version, run);
    const hour = Math.floor(run.startMs / hourMs);
    const ordinal = startsInHour.get(`${run.version} ${hour}`) ?? 0;
    startsInHour.set(`${run.version} ${hour}`, ordinal + 1);
    const isReturn = former !== undefined;
    const from = versionBefore(run, runs);
    if (from === undefined || isOfCustomers(run, runs)) continue;
    if (run.startMs - beganMs < firstMinutesMs && !tookItsPlace(run, from, newestMs)) continue;
    if (run.startMs - beganMs < settledMs) continue;
    if (former !== undefined && !comesBack(run, former, runs, deployed)) continue;
    deployed.push({ run, isReturn });
    found.push({
      // Not of the very time: spans that come late would change it.
      id: changeId('deployment', run.service, run.environment, run.version, hour, ordinal),
      atMs: run.startMs,
      kind: 'deployment',
      service: run.service,
      environment: run.environment,
      fromVersion: from.version,
      toVersion: run.version,
      source: 'telemetry',
      note: '',
      link: '',
      attributes: {
        [rolloutAttribute]: rolloutOf(run, from, newestMs),
        ...(isReturn ? { [rollbackAttribute]: 'true' } : {}),
      },
    });
  }
  return found;
}

function isOfCustomers({ startMs }: VersionRun, runs: readonly VersionRun[]): boolean {
  const recent = runs.filter((other) => other.startMs <= startMs && other.endMs >= startMs - hourMs);
  return new Set(recent.map(({ version }) => version)).size > mostVersions;
}

const tookItsPlace = (run: VersionRun, from: VersionRun, newestMs: number): boolean =>
  newestMs >= run.startMs + settledMs && from.endMs < run.startMs + settledMs;

/** Whether another version took the place of this one meanwhile, and this one did not merely have nothing to do. */
function comesBack(
  run: VersionRun,
  former: VersionRun,
  runs: readonly VersionRun[],
  deployed: readonly Deployed[],
): boolean {
  const replacing = deployed.filter(
    ({ run: other }) => other.version !== run.version && other.startMs > former.startMs && other.startMs < run.startMs,
  );
  if (replacing.length === 0) return false;
  const meanwhile = runs.filter(
    (other) => other.version !== run.version && other.startMs < run.startMs && other.endMs > former.endMs,
  );
  const returns = deployed.filter(
    ({ run: other, isReturn }) => isReturn && other.version === run.version && other.startMs > run.startMs - dayMs,
  );
  const spans = meanwhile.reduce((sum, other) => sum + other.spans, 0);
  return former.spans >= leastSpans && spans >= leastSpans && returns.length < mostReturns;
}

/** Of those that ran when this one came the busiest; else the one that ran last. */
function versionBefore(run: VersionRun, runs: readonly VersionRun[]): VersionRun | undefined {
  const earlier = runs.filter((other) => other.version !== run.version && other.startMs < run.startMs);
  const running = earlier.filter(({ endMs }) => endMs >= run.startMs - pauseMs);
  return running.length > 0
    ? running.reduce((most, other) => (other.spans > most.spans ? other : most))
    : earlier.reduce<VersionRun | undefined>(
        (latest, other) => (latest === undefined || other.endMs > latest.endMs ? other : latest),
        undefined,
      );
}

function rolloutOf(run: VersionRun, from: VersionRun, newestMs: number): Rollout {
  if (from.endMs >= run.startMs + besideMs) return 'beside';
  return newestMs - from.endMs > pauseMs ? 'replaced' : 'rolling';
}
