import type { Question } from '../../engine/explain/question.ts';
import type { PanelAnswer, PanelId } from './data.ts';
import type { Outcome } from './explaining.ts';

/** Everything that can happen to the state. */
export type Event =
  | { readonly type: 'key'; readonly name: string }
  | { readonly type: 'pasted'; readonly text: string }
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'ticked'; readonly nowMs: number }
  | { readonly type: 'answered'; readonly answer: PanelAnswer }
  | { readonly type: 'explained'; readonly question: Question; readonly outcome: Outcome }
  | {
      readonly type: 'failed';
      readonly id: PanelId;
      readonly atMs: number;
      readonly reason: string;
      /** The engine does not answer at all, as against: it refused this one query. */
      readonly away: boolean;
    };
