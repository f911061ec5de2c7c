import type { PanelAnswer, PanelId } from './data.ts';

/** Everything that can happen to the state. */
export type Event =
  | { readonly type: 'key'; readonly name: string }
  | { readonly type: 'pasted'; readonly text: string }
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'ticked'; readonly nowMs: number }
  | { readonly type: 'answered'; readonly answer: PanelAnswer }
  | {
      readonly type: 'failed';
      readonly id: PanelId;
      readonly atMs: number;
      readonly reason: string;
      /** The engine does not answer at all, as against: it refused this one query. */
      readonly away: boolean;
    };
