import type { Explanation } from '../explanation.ts';
import { eachOnce, type Claim, type ClaimedEvidence } from './all-evidence.ts';
import { evidenceId, type Evidence } from './evidence.ts';

/** What `obs evidence` needs of an answer that was kept, or saved by `--json`. */
export interface SavedAnswer {
  /** When the command printed it, Unix milliseconds; null for a file that was given. */
  readonly keptAtMs: number | null;
  /** The verdict's sentence. */
  readonly sentence: string;
  readonly evidence: readonly ClaimedEvidence[];
}

/** What is kept of an answer: all but what takes room and carries no evidence. */
export const withoutSpans = (explanation: Explanation): Explanation => ({
  ...explanation,
  spans: [],
  path: [],
  logs: [],
});

/**
 * Reads an answer as `obs explain --json` prints it, of version 1 too. People edit files: what has not the shape of
 * evidence is left out; null says that the whole is no answer.
 */
export function readAnswer(text: string, keptAtMs: number | null = null): SavedAnswer | null {
  const answer = parse(text);
  if (!isRecord(answer) || !isRecord(answer['verdict']) || typeof answer['verdict']['sentence'] !== 'string')
    return null;
  // In the order of `allEvidence`.
  const parts = ['suspects', 'without', 'symptoms', 'findings', 'attributes', 'changes'];
  const claims = parts.flatMap((name) => recordsIn(answer[name]).map(readClaim));
  return { keptAtMs, sentence: answer['verdict']['sentence'], evidence: eachOnce(claims) };
}

function readClaim(part: Readonly<Record<string, unknown>>): Claim {
  const [why] = Array.isArray(part['why']) ? part['why'] : [];
  const of = [part['sentence'], part['title'], why, part['name']].find((each) => typeof each === 'string');
  return { of: String(of ?? ''), evidence: recordsIn(part['evidence']).flatMap(readEvidence) };
}

/** Version 1 had no ids: they are those of the statements. An id that is there stays, so that a change is seen. */
function readEvidence({ id, title, sql, rows }: Readonly<Record<string, unknown>>): readonly Evidence[] {
  if (typeof sql !== 'string' || !Array.isArray(rows)) return [];
  return [
    {
      id: typeof id === 'string' ? id : evidenceId(sql),
      title: typeof title === 'string' ? title : '',
      sql,
      rows: recordsIn(rows),
    },
  ];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const recordsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (Array.isArray(value) ? value : [value]).filter(isRecord);
