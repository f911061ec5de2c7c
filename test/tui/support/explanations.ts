import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { Model } from '../../../src/tui/state/model.ts';
import type { Outcome } from '../../../src/tui/state/explaining.ts';
import { update } from '../../../src/tui/state/update.ts';

/** What comes for the question that the screen asks. */
export function tell(model: Model, outcome: Outcome): Model {
  if (model.explaining === null) throw new Error('nothing was asked');
  return update(model, { type: 'explained', question: model.explaining.question, outcome });
}

export const told = (model: Model, explanation: Explanation): Model => tell(model, { state: 'told', explanation });
