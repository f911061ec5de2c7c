import { pageIds, type PageId } from '../roles.ts';
import { currentPage, currentView, openView, type Model, type View } from './model.ts';

type Views = Model['views'];

/** Changes what is shown now. */
export function withView(model: Model, change: Partial<View>): Model {
  const views = [...model.views.slice(0, -1), { ...currentView(model), ...change }] as unknown as Views;
  return { ...model, views };
}

/** One level down. */
export function push(model: Model, view: View): Model {
  return { ...model, views: [...model.views, view] };
}

/** One level up; at a page itself there is none. */
export function pop(model: Model): Model {
  const [first, ...rest] = model.views;
  if (rest.length === 0) return model;
  return { ...model, rangeMs: rest.at(-1)?.rangeBefore ?? model.rangeMs, views: [first, ...rest.slice(0, -1)] };
}

/** Ranges that a view may be widened to. */
const ranges = [15, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60].map((minutes) => minutes * 60_000);

/** One level down, with a range that reaches back to a time and a little before it. */
export function pushAt(model: Model, view: View, atMs: number): Model {
  const needed = (model.nowMs - atMs) * 1.1;
  if (needed <= model.rangeMs) return push(model, view);
  const rangeMs = ranges.find((ms) => ms >= needed) ?? Math.ceil(needed / 86_400_000) * 86_400_000;
  return push({ ...model, rangeMs }, { ...view, rangeBefore: model.rangeMs });
}

/** The range as it was before any view of the way down widened it. */
export function ownRange({ views, rangeMs }: Model): number {
  return views.find((view) => view.rangeBefore !== null)?.rangeBefore ?? rangeMs;
}

/** To a page as it was left; from within the page, to its top. */
export function goTo(model: Model, page: PageId): Model {
  const here = currentPage(model);
  const rangeMs = ownRange(model);
  if (here === page) return { ...model, rangeMs, views: [model.views[0]] };
  const left = { ...model.left, [here]: model.views[0] };
  return { ...model, rangeMs, left, views: [left[page] ?? openView(model.role, page)] };
}

/** The page with this number in the role's order; pages that the role leaves out come after. */
export function pageNumbered(model: Model, number: number): PageId | undefined {
  return pageOrder(model)[number - 1];
}

export function pageOrder({ role }: Model): readonly PageId[] {
  return [...role.pages, ...pageIds.filter((p) => !role.pages.includes(p))];
}
