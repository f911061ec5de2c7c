import type { Action } from '../keys.ts';
import type { Explanation } from '../../engine/explain/explanation.ts';
import { answerRows } from './answer-rows.ts';
import { overlayRows } from './layout.ts';
import type { Model } from './model.ts';
import { questionOf, type Asked } from './why.ts';

/** An explanation that was asked for; it lies over the page until Esc. */
export interface Explaining extends Asked {
  readonly startedMs: number;
  /** Rows of the answer above the screen; a screen that grows may show more than that leaves. */
  readonly offset: number;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly state: 'working' }
  | { readonly state: 'told'; readonly explanation: Explanation }
  | { readonly state: 'failed'; readonly what: string; readonly why: string; readonly next: string };

/** Asks why the selected row is as it is; says so where nothing can be asked of it. */
export function explain(model: Model): Model {
  const asked = questionOf(model);
  if (asked === null)
    return { ...model, notice: 'Nothing to explain here: choose a service, a trace, an error or an anomaly' };
  return { ...model, explaining: { ...asked, startedMs: model.nowMs, offset: 0, outcome: { state: 'working' } } };
}

/** What the answer shows of itself now: its rows in sight, and how many there are. */
export function answerInSight(
  { size, nowMs }: Model,
  explaining: Explaining,
): { readonly rows: readonly string[]; readonly from: number; readonly count: number } {
  const rows = answerRows(explaining, nowMs, size.columns);
  const height = overlayRows(size);
  const from = Math.min(explaining.offset, Math.max(0, rows.length - height));
  return { rows: rows.slice(from, from + height), from, count: rows.length };
}

/** Keys while an answer is shown; others do nothing, for the page below cannot be seen. Null: an action of all pages. */
export function actOnAnswer(model: Model, explaining: Explaining, action: Action): Model | null {
  const height = overlayRows(model.size);
  const { from, count } = answerInSight(model, explaining);
  const to = (wanted: number): Model => {
    const offset = Math.max(0, Math.min(count - height, wanted));
    return offset === explaining.offset ? model : { ...model, explaining: { ...explaining, offset } };
  };
  const half = Math.max(1, Math.floor(height / 2));
  switch (action) {
    case 'back':
    case 'quit':
      return { ...model, explaining: null };
    case 'down':
      return to(from + 1);
    case 'up':
      return to(from - 1);
    case 'halfDown':
      return to(from + half);
    case 'halfUp':
      return to(from - half);
    case 'top':
      return to(0);
    case 'bottom':
      return to(count);
    case 'help':
      return null;
    default:
      return model;
  }
}
