import { type Change, whatChanged } from '../../domain/changes/change.ts';
import { printable } from '../../domain/printable.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import type { ChangeFact } from '../explanation.ts';
import { durationText } from '../format.ts';
import { at } from '../time-sql.ts';
import { changeWeight } from './change-weight.ts';

/** When the trouble began, Unix milliseconds; between `fromMs` and `toMs` with a probability of nine tenths. */
export interface OnsetTime {
  readonly atMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A change beside the onset. */
export interface PlacedChange {
  readonly change: Change;
  readonly relation: ChangeFact['relation'];
  /** Nats that it adds to the suspicion of its service; 0 where it comes too late or there is no onset. */
  readonly weight: number;
}

/** A change after the latest time of the onset is never blamed, whatever else speaks for it. */
export function placeChange(change: Change, onset: OnsetTime | null): PlacedChange {
  if (onset === null) return { change, relation: 'no-onset', weight: 0 };
  if (change.atMs > onset.toMs) return { change, relation: 'after-onset', weight: 0 };
  const isWithinOnset = change.atMs > onset.atMs;
  const gapMs = Math.max(0, onset.atMs - change.atMs);
  return { change, relation: 'before-onset', weight: Math.max(0, changeWeight(gapMs, { isWithinOnset })) };
}

/** @param blamed the service that the answer names */
export function changeFactOf(
  { change, relation, weight }: PlacedChange,
  onset: OnsetTime | null,
  blamed: string | null,
): Omit<ChangeFact, 'evidence'> {
  const isBlamed = relation === 'before-onset' && weight > 0 && change.service === blamed;
  return {
    id: change.id,
    at: new Date(change.atMs).toISOString(),
    service: change.service,
    kind: change.kind,
    sentence: `${printable(change.service)}: ${printable(whatChanged(change))}${change.note === '' ? '' : ` (${printable(change.note)})`}${placeText(change.atMs, onset, relation)}.`,
    relation,
    blamed: isBlamed,
  };
}

function placeText(atMs: number, onset: OnsetTime | null, relation: ChangeFact['relation']): string {
  if (onset === null || relation === 'no-onset') return '';
  const gap = durationText(Math.abs(onset.atMs - atMs));
  if (relation === 'after-onset') return `, ${gap} after it began: not the cause`;
  return atMs > onset.atMs ? ', about when it began' : `, ${gap} before it began`;
}

/** The row that is written down; where nobody wrote it, the version's instances. */
export function changeEvidence({ id, service, toVersion, atMs, kind }: Change): readonly EvidenceQuery[] {
  const title = `The change of ${printable(service)}`;
  const written = {
    title,
    sql: `SELECT Id AS id, At AS at, Kind AS kind, ServiceName AS service, FromVersion AS from_version, ToVersion AS to_version, Source AS source, Note AS note
FROM obs_changes FINAL WHERE Id = ${quoteText(id)} ORDER BY Id`,
  };
  if (kind !== 'deployment' || toVersion === '') return [written];
  return [
    written,
    {
      title: `First spans of ${printable(service)} ${printable(toVersion)}`,
      sql: `SELECT ServiceVersion AS version, InstanceId AS instance, min(FirstSeen) AS first_seen
FROM obs_service_instances
WHERE Hour >= toStartOfHour(${at(atMs)}) - INTERVAL 1 HOUR AND Hour <= toStartOfHour(${at(atMs)}) + INTERVAL 1 HOUR
  AND ServiceName = ${quoteText(service)} AND ServiceVersion = ${quoteText(toVersion)}
GROUP BY version, instance ORDER BY first_seen, instance LIMIT 20`,
    },
  ];
}
