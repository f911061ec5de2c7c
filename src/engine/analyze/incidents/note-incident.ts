import { Effect } from 'effect';
import type { AnalyzeResult } from '../../domain/analyze-task.ts';
import type { Incident } from '../../domain/anomaly.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { incidentRow } from './incident-rows.ts';
import { incidentsByPrefix } from './store-incidents.ts';
import { utcTime } from './times.ts';

/** A note without blanks around it; fails where it is too long to be kept. */
export function readNote(note: string): Effect.Effect<string, BadInput> {
  const text = note.trim();
  const { noteCharacters } = limits.incidents;
  if (text.length <= noteCharacters) return Effect.succeed(text);
  return Effect.fail(
    new BadInput({
      what: 'Cannot keep this note',
      why: `it has ${text.length.toLocaleString('en')} characters, and ${noteCharacters.toLocaleString('en')} are kept at most`,
      hint: 'Nothing was changed. Note what it was, and where more is written of it',
    }),
  );
}

/**
 * Writes down what an incident was; an empty note takes it away. It is shown wherever a later incident is like this one.
 * @param prefix of the incident's id, as long as it names one alone
 */
export const noteIncident = Effect.fnUntraced(function* (
  prefix: string,
  note: string,
  nowMs: number,
): Effect.fn.Return<AnalyzeResult, QueryFailed | EngineUnavailable | BadInput, QueryClient | OwnTables> {
  const text = yield* readNote(note);
  const found = prefix.trim() === '' ? [] : yield* incidentsByPrefix(prefix.trim(), shown + 1);
  if (found.length > 1) {
    return refused(`"${printable(prefix)}" names more than one incident; type more of its id:`, ...listed(found));
  }
  const incident = found[0];
  if (incident === undefined) {
    const newest = yield* incidentsByPrefix('', shown);
    return newest.length === 0
      ? refused(`No incident begins with "${printable(prefix)}": the store holds none yet.`)
      : refused(`No incident begins with "${printable(prefix)}". The newest are:`, ...listed(newest));
  }
  const tables = yield* OwnTables;
  const client = yield* QueryClient;
  const versions = yield* client.rows<{ newest: string }>(
    'SELECT max(Version) AS newest FROM obs_incidents WHERE Id = {id:String}',
    { parameters: { id: incident.id } },
  );
  // What nobody continues would look as if it went on, written anew.
  const endMs = incident.endMs ?? incident.unheardSinceMs ?? null;
  // Whoever wrote last may have a clock that runs ahead.
  const version = Math.max(nowMs, Number(versions[0]?.newest ?? 0) + 1);
  yield* tables.insert('obs_incidents', [{ ...incidentRow({ ...incident, endMs, note: text }), Version: version }]);
  const done = text === '' ? 'The note is gone from incident' : 'Noted of incident';
  return { ok: true, lines: [`${done} ${incident.id}, ${utcTime(incident.startMs)}: ${printable(text)}`.trim()] };
});

const shown = 5;

const refused = (...lines: readonly string[]): AnalyzeResult => ({ ok: false, lines });

const listed = (incidents: readonly Incident[]): readonly string[] =>
  incidents
    .slice(0, shown)
    .map(({ id, startMs, summary }) => `  ${id}  ${utcTime(startMs)}  ${printable(summary).slice(0, 80)}`);
