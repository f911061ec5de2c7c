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

/** What was injected, and how the explanation fares with it. */
export interface Injected {
  readonly name: FaultName;
  readonly culprit: Culprit;
  readonly judgement: Judgement;
}

/** What `obs demo --json` prints, apart from the explanation's details. */
export interface DemoResult {
  /** Empty where nothing was. */
  readonly faults: readonly Injected[];
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
