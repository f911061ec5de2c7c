import type { Reason } from './check-text.ts';
import { isName, isSymbol, isWord, type Token } from './tokens.ts';

/** Databases that may be shown besides the store's own: what they hold is the engine's own description. */
const described: ReadonlySet<string> = new Set(['system', 'information_schema']);

/**
 * SHOW and EXISTS name databases in ways that the syntax tree does not tell: `SHOW TABLES FROM d`, `SHOW COLUMNS FROM t
 * FROM d`, `SHOW CREATE DATABASE d`. Only the store's own may be asked about.
 */
export function checkShownDatabases(tokens: readonly Token[], own: string): Reason {
  const first = tokens.findIndex((token) => !isSymbol(token, '('));
  if (!isWord(tokens[first], 'SHOW', 'EXISTS')) return undefined;
  const other = databasesIn(tokens.slice(first)).find(
    (name) => name !== own && name !== 'default' && !described.has(name.toLowerCase()),
  );
  return other === undefined ? undefined : `the database ${other} is not allowed`;
}

function databasesIn(tokens: readonly Token[]): readonly string[] {
  const end = tokens.findIndex((token) => isWord(token, 'WHERE', 'LIKE', 'ILIKE', 'NOT', 'LIMIT', 'SETTINGS'));
  const head = end < 0 ? tokens : tokens.slice(0, end);
  const ofTable = head.some((token) => isWord(token, 'COLUMNS', 'FIELDS', 'INDEX', 'INDEXES', 'INDICES', 'KEYS'));
  const found: string[] = [];
  let sources = 0;
  for (const [index, token] of head.entries()) {
    const name = head[index + 1];
    if (!isName(name)) continue;
    const qualified = isSymbol(head[index + 2], '.');
    if (isWord(token, 'DATABASE')) found.push(name.value);
    if (!isWord(token, 'FROM', 'IN')) continue;
    sources += 1;
    // The first name after FROM is a table's where columns or indexes are shown.
    if (!ofTable || sources > 1 || qualified) found.push(name.value);
  }
  return found;
}
