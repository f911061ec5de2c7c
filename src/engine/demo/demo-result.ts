import type { Endpoints } from '../daemon/run-state.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { FaultName } from './fault-names.ts';
import type { Culprit } from './faults.ts';
import type { LoadCounts } from './load/drive-load.ts';
import type { Symptom, WorstTrace } from './symptoms.ts';

/**
 * Does the explanation name what was injected? `right`: service, kind of fault and operation; `operation`: service
 * and kind, but of another operation; `service`: the service alone; `wrong`: not even that, or nothing.
 */
export type Judgement = 'right' | 'operation' | 'service' | 'wrong';

/** What `obs demo --json` prints, apart from the explanation's details. */
export interface DemoResult {
  readonly fault: FaultName | 'none';
  /** What was injected; null without a fault. */
  readonly culprit: Culprit | null;
  readonly judgement: Judgement | null;
  readonly worstTrace: WorstTrace | null;
  readonly symptoms: readonly Symptom[];
  readonly explanation: Explanation | null;
  readonly endpoints: Endpoints;
  /** False when a backend was running before. */
  readonly startedBackend: boolean;
  readonly counts: LoadCounts & {
    readonly stored: { readonly spans: number; readonly logs: number; readonly points: number };
  };
  readonly seed: number;
  readonly durationMs: number;
}
