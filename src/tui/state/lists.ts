import type { ListState, PaneId, View } from './model.ts';

/** What lists need to know of their rows. */
export interface Keyed {
  readonly key: string;
}

export const noList: ListState = { key: null, index: 0, offset: 0 };

export function listOf(view: View, pane: PaneId): ListState {
  return view.lists[pane] ?? noList;
}

/**
 * Where the selection is among the rows of now: at its key, else where it was.
 * A list without a selection yet is at its start, or at its end when it follows what arrives (`tail`).
 */
export function selectedIndex(list: ListState, rows: readonly Keyed[], tail = false): number {
  if (rows.length === 0) return -1;
  if (list.key === null) return tail ? rows.length - 1 : 0;
  // Mostly it has not moved.
  if (rows[list.index]?.key === list.key) return list.index;
  const found = rows.findIndex((row) => row.key === list.key);
  return found !== -1 ? found : Math.min(list.index, rows.length - 1);
}

export function selectedKey(list: ListState, rows: readonly Keyed[], tail = false): string | null {
  return rows[selectedIndex(list, rows, tail)]?.key ?? null;
}

/** First row shown, so that the selected one is, moving as little as possible. */
export function scrollTo(offset: number, selected: number, height: number, count: number): number {
  const last = Math.max(0, count - height);
  const low = Math.max(0, selected - height + 1);
  return Math.max(0, Math.min(Math.min(Math.max(offset, low), Math.max(selected, 0)), last));
}

export function withSelection(list: ListState, rows: readonly Keyed[], index: number, height: number): ListState {
  const at = Math.max(0, Math.min(index, rows.length - 1));
  const row = rows[at];
  if (row === undefined) return noList;
  return { key: row.key, index: at, offset: scrollTo(list.offset, at, height, rows.length) };
}
