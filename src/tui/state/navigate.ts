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
  return rest.length === 0 ? model : { ...model, views: [first, ...rest.slice(0, -1)] };
}

/** To a page as it was left; from within the page, to its top. */
export function goTo(model: Model, page: PageId): Model {
  const here = currentPage(model);
  if (here === page) return { ...model, views: [model.views[0]] };
  const left = { ...model.left, [here]: model.views[0] };
  return { ...model, left, views: [left[page] ?? openView(model.role, page)] };
}

/** The page with this number in the role's order; pages that the role leaves out come after. */
export function pageNumbered(model: Model, number: number): PageId | undefined {
  return pageOrder(model)[number - 1];
}

export function pageOrder({ role }: Model): readonly PageId[] {
  return [...role.pages, ...pageIds.filter((p) => !role.pages.includes(p))];
}
