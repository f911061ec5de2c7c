import { Effect } from 'effect';
import { recordDeviations, type RecordDeviations } from '../../cause/records/deviations.ts';
import type { RecordWindow } from '../../cause/records/input.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import type { TimeRange } from '../question.ts';
import { chooseWindows, type ChosenWindows } from './choose-windows.ts';
import { delayDrafts, resourceDraft, structureDrafts, type Places } from './drafts.ts';
import { readResources } from './read-resources.ts';
import { readWindow } from './read-window.ts';
import { outOfUsual } from './weights.ts';
import type { ComparedWindows } from './windows-sql.ts';

/** What traces, logs or metrics of one instance do otherwise than usual. */
export interface RecordFinding {
  readonly service: string;
  readonly instance: string;
  /** Empty where unknown. */
  readonly host: string;
  /** Instances of the service that sent spans in the time or usually, this one included. */
  readonly instances: number;
  readonly source: 'structure' | 'timing' | 'resource';
  /** Natural log of how much likelier this is with the instance at fault. */
  readonly score: number;
  readonly onsetMs: number | null;
  readonly sentence: string;
  readonly evidence: readonly EvidenceQuery[];
}

/** So many at most are counted by statements, of instances that may be told; the others are worded without numbers. */
const mostCounted = 5;

/** Compares the records of a time with those of usual times, by instance; none where there is nothing to compare with. */
export const recordFindings = Effect.fnUntraced(function* (
  analysed: TimeRange,
  usual: TimeRange | null,
): Effect.fn.Return<readonly RecordFinding[], QueryFailed | EngineUnavailable, QueryClient> {
  const windows = yield* chooseWindows(analysed, usual);
  if (windows === null) return [];
  const read = (window: TimeRange & { readonly spans: number }) => readWindow(window, window.spans);
  const [now, fine, history, resources] = yield* Effect.all(
    [
      read(windows.analysed),
      read(windows.usual),
      Effect.forEach(windows.history, read, { concurrency: 2 }),
      readResources(analysed),
    ],
    { concurrency: 3 },
  );
  const found = recordDeviations({ analysed: now, usual: fine, history, resources });
  const places = placesOf([now, fine]);
  const instancesOf = Map.groupBy(places.values(), ({ service }) => service);
  const drafts = [
    ...structureDrafts(found),
    ...delayDrafts(found, places),
    ...found.resources.map((deviation) => resourceDraft(deviation, analysed, places)),
  ]
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.instance < b.instance ? -1 : 1));
  const counted = new Set(outOfUsual(drafts, 'besideSymptoms').slice(0, mostCounted));
  return yield* Effect.forEach(
    drafts,
    (draft) => {
      const { tell, ...finding } = draft;
      return tell(counted.has(draft) ? comparedWith(windows, found, draft.instance) : null).pipe(
        Effect.map(({ sentence, evidence }) => ({
          ...finding,
          instances: Math.max(1, instancesOf.get(finding.service)?.length ?? 1),
          sentence,
          evidence: [...evidence, ...finding.evidence],
        })),
      );
    },
    { concurrency: 2 },
  );
});

/** Without the windows in which the instance was in trouble already. */
function comparedWith(
  { analysed, usual, history }: ChosenWindows,
  { leftOut }: RecordDeviations,
  instance: string,
): ComparedWindows {
  const troubled = new Set(leftOut.flatMap(({ fromMs, instances }) => (instances.includes(instance) ? [fromMs] : [])));
  return { asked: analysed, usual: [usual, ...history.filter(({ fromMs }) => !troubled.has(fromMs))] };
}

function placesOf(windows: readonly RecordWindow[]): Places {
  const places = new Map<string, { readonly service: string; readonly host: string }>();
  for (const { spans } of windows) {
    for (const { instance, service, host } of spans) if (!places.has(instance)) places.set(instance, { service, host });
  }
  return places;
}
