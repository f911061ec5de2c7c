import type { PageId } from './roles.ts';

/** Everything that a key can do. */
export type Action =
  | 'up'
  | 'down'
  | 'top'
  | 'bottom'
  | 'halfUp'
  | 'halfDown'
  | 'open'
  | 'drill'
  | 'explain'
  | 'back'
  | 'nextPane'
  | 'previousPane'
  | 'filter'
  | 'nextMatch'
  | 'previousMatch'
  | 'nextError'
  | 'previousError'
  | 'sort'
  | 'all'
  | 'logs'
  | 'pause'
  | 'command'
  | 'help'
  | 'page1'
  | 'page2'
  | 'page3'
  | 'page4'
  | 'page5'
  | 'quit'
  | 'interrupt';

/** Where one may be. */
export type Place = PageId | 'service' | 'trace';
/** Over all places lies the answer of `x`, which has keys of its own. */
export type FooterPlace = Place | 'answer';

export interface Binding {
  readonly action: Action;
  /** As `keyName` names them: `j`, `G`, `up`, `ctrl-d`, `enter`, `esc`, `space` … */
  readonly keys: readonly string[];
  /** As people read them, in footer, help and docs. */
  readonly label: string;
  readonly group: 'Move' | 'Look' | 'Find' | 'Go';
  /** One or two words for the footer. */
  readonly short: string;
  readonly help: string;
  /** Where the footer shows it, the most useful first when room is short; none: only in help. */
  readonly footer: { readonly rank: number; readonly places: readonly FooterPlace[] } | null;
}

/** But not over the answer, which covers them. */
const everywhere: readonly FooterPlace[] = ['services', 'traces', 'logs', 'resources', 'anomalies', 'service', 'trace'];

/** The one table of keys: input, footer, help and docs/watch.md all follow it. */
export const keymap: readonly Binding[] = [
  {
    action: 'down',
    keys: ['j', 'down'],
    label: 'j ↓',
    group: 'Move',
    short: 'down',
    help: 'next row',
    footer: { rank: 4, places: ['answer'] },
  },
  {
    action: 'up',
    keys: ['k', 'up'],
    label: 'k ↑',
    group: 'Move',
    short: 'up',
    help: 'previous row',
    footer: { rank: 5, places: ['answer'] },
  },
  {
    action: 'top',
    keys: ['g', 'home'],
    label: 'g',
    group: 'Move',
    short: 'first',
    help: 'first row',
    footer: { rank: 7, places: ['answer'] },
  },
  {
    action: 'bottom',
    keys: ['G', 'end'],
    label: 'G',
    group: 'Move',
    short: 'last',
    help: 'last row; in logs: follow new ones',
    footer: { rank: 7, places: ['logs', 'answer'] },
  },
  {
    action: 'halfDown',
    keys: ['ctrl-d', 'pagedown'],
    label: 'Ctrl-d',
    group: 'Move',
    short: 'page down',
    help: 'half a page down',
    footer: { rank: 6, places: ['answer'] },
  },
  {
    action: 'halfUp',
    keys: ['ctrl-u', 'pageup'],
    label: 'Ctrl-u',
    group: 'Move',
    short: 'page up',
    help: 'half a page up',
    footer: { rank: 6, places: ['answer'] },
  },
  {
    action: 'open',
    keys: ['enter'],
    label: 'Enter',
    group: 'Look',
    short: 'open',
    help: 'explain a row with ✗, open any other',
    footer: { rank: 2, places: everywhere },
  },
  {
    action: 'drill',
    keys: ['o'],
    label: 'o',
    group: 'Look',
    short: 'open',
    help: 'open, also a row with ✗: service, its traces, waterfall, logs',
    footer: { rank: 3, places: everywhere },
  },
  {
    action: 'explain',
    keys: ['x'],
    label: 'x',
    group: 'Look',
    short: 'explain',
    help: 'explain what is selected, as obs explain does',
    footer: { rank: 4, places: everywhere },
  },
  {
    action: 'back',
    keys: ['esc'],
    label: 'Esc',
    group: 'Look',
    short: 'back',
    help: 'back; it clears a filter, stops and closes an explanation first',
    footer: { rank: 3, places: ['service', 'trace', 'answer'] },
  },
  {
    action: 'nextPane',
    keys: ['tab'],
    label: 'Tab',
    group: 'Look',
    short: 'pane',
    help: 'next pane',
    footer: { rank: 4, places: ['traces', 'trace', 'resources', 'anomalies'] },
  },
  {
    action: 'previousPane',
    keys: ['shift-tab'],
    label: 'Shift-Tab',
    group: 'Look',
    short: 'pane',
    help: 'previous pane',
    footer: null,
  },
  {
    action: 'sort',
    keys: ['s'],
    label: 's',
    group: 'Look',
    short: 'sort',
    help: 'next order: services by burn, name, rate, errors, p95; traces by recent, slowest, errors',
    footer: { rank: 8, places: ['services', 'traces'] },
  },
  {
    action: 'all',
    keys: ['a'],
    label: 'a',
    group: 'Look',
    short: 'all',
    help: 'anomalies: of the selected incident only, or all',
    footer: { rank: 8, places: ['anomalies'] },
  },
  {
    action: 'logs',
    keys: ['l'],
    label: 'l',
    group: 'Look',
    short: 'logs',
    help: 'logs of what is selected: of the service, of the trace',
    footer: { rank: 9, places: ['services', 'service', 'traces', 'trace', 'anomalies'] },
  },
  {
    action: 'pause',
    keys: ['space'],
    label: 'Space',
    group: 'Look',
    short: 'pause',
    help: 'hold the picture while data go on arriving; again to go on',
    footer: { rank: 6, places: everywhere },
  },
  {
    action: 'filter',
    keys: ['/'],
    label: '/',
    group: 'Find',
    short: 'filter',
    help: 'filter rows; in logs it searches the whole range',
    footer: { rank: 5, places: everywhere },
  },
  {
    action: 'nextMatch',
    keys: ['n'],
    label: 'n',
    group: 'Find',
    short: 'next',
    help: 'next match of the filter',
    footer: null,
  },
  {
    action: 'previousMatch',
    keys: ['N'],
    label: 'N',
    group: 'Find',
    short: 'previous',
    help: 'previous match',
    footer: null,
  },
  {
    action: 'nextError',
    keys: ['e'],
    label: 'e',
    group: 'Find',
    short: 'error',
    help: 'next error; of anomalies and predictions the next serious one',
    footer: { rank: 10, places: everywhere },
  },
  {
    action: 'previousError',
    keys: ['E'],
    label: 'E',
    group: 'Find',
    short: 'error',
    help: 'previous error',
    footer: null,
  },
  {
    action: 'command',
    keys: [':'],
    label: ':',
    group: 'Go',
    short: 'jump',
    help: 'jump to a page, service or trace id, or change range and role; Tab completes',
    footer: { rank: 11, places: everywhere },
  },
  {
    action: 'page1',
    keys: ['1'],
    label: '1',
    group: 'Go',
    short: 'page',
    help: 'first page of the role',
    footer: null,
  },
  { action: 'page2', keys: ['2'], label: '2', group: 'Go', short: 'page', help: 'second page', footer: null },
  { action: 'page3', keys: ['3'], label: '3', group: 'Go', short: 'page', help: 'third page', footer: null },
  { action: 'page4', keys: ['4'], label: '4', group: 'Go', short: 'page', help: 'fourth page', footer: null },
  { action: 'page5', keys: ['5'], label: '5', group: 'Go', short: 'page', help: 'fifth page', footer: null },
  {
    action: 'help',
    keys: ['?'],
    label: '?',
    group: 'Go',
    short: 'help',
    help: 'all keys',
    footer: { rank: 0, places: [...everywhere, 'answer'] },
  },
  {
    action: 'quit',
    keys: ['q'],
    label: 'q',
    group: 'Go',
    short: 'quit',
    help: 'quit; it closes help and an explanation first',
    footer: { rank: 1, places: everywhere },
  },
  {
    action: 'interrupt',
    keys: ['ctrl-c'],
    label: 'Ctrl-c',
    group: 'Go',
    short: 'quit',
    help: 'quit from anywhere',
    footer: null,
  },
];

const byKey: ReadonlyMap<string, Action> = new Map(
  keymap.flatMap((b) => b.keys.map((key) => [key, b.action] as const)),
);

export function actionOf(key: string): Action | undefined {
  return byKey.get(key);
}

/** What the footer shows in a place, the most useful first. */
export function bindingsOf(place: FooterPlace): readonly Binding[] {
  return keymap
    .filter(({ footer }) => footer?.places.includes(place) === true)
    .toSorted((a, b) => (a.footer?.rank ?? 0) - (b.footer?.rank ?? 0));
}

/** The same for the row that is selected: on a red one `Enter` explains, and `o` opens as `Enter` does elsewhere. */
export function bindingsFor(place: FooterPlace, isRed: boolean): readonly Binding[] {
  const explains = keymap.find(({ action }) => action === 'explain');
  return bindingsOf(place)
    .filter(({ action }) => action !== (isRed ? 'explain' : 'drill'))
    .map((binding) =>
      isRed && binding.action === 'open' && explains !== undefined ? { ...binding, short: explains.short } : binding,
    );
}
