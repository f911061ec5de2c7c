import { quoteName } from '../../../src/engine/store/sql-text.ts';
import type { Case } from './cases.ts';
import type { SqlTarget } from './target.ts';

/** What the engine at hand has, as statements that use each of it on the canaries: a new version's come by themselves. */
export async function enumeratedCases(target: SqlTarget, share: number): Promise<readonly Case[]> {
  const { canaries, list } = target;
  const { path, port, folder } = canaries;
  const argumentLists = [
    '',
    `'${path}'`,
    `'${path}', 'LineAsString', 's String'`,
    `'${folder}'`,
    `'http://127.0.0.1:${port}/'`,
    `'http://127.0.0.1:${port}/', 'LineAsString', 's String'`,
    `'127.0.0.1:${port}', 'canary', 'secret', 'u', 'p'`,
    "'canary', 'secret'",
    'canary.secret',
    '(SELECT * FROM canary.secret)',
  ];
  const tableFunctions = (await list('SELECT name FROM system.table_functions')).flatMap((name) =>
    argumentLists.flatMap((args) => [
      `SELECT * FROM ${quoteName(name)}(${args})`,
      `SELECT 'a' IN ${name}(${args})`,
      `DESCRIBE ${quoteName(name)}(${args})`,
    ]),
  );
  const scalars = [
    '',
    `'${path}'`,
    `'secret'`,
    `'127.0.0.1:${port}', 'd', 't', 'c'`,
    `'http://127.0.0.1:${port}/'`,
    "'canary.dict', 's', tuple('x')",
    "'canary.joined', 's', 'k'",
  ];
  const named = await list('SELECT name FROM system.functions');
  const functions = named.flatMap((name) => [
    ...scalars.map((args) => `SELECT ${quoteName(name)}(${args})`),
    `SELECT * APPLY ${quoteName(name)} FROM (SELECT '${path}' AS f)`,
  ]);
  const values = [path, `http://127.0.0.1:${port}/`, 'canary', '1 IN canary.secret', '1'];
  const settings = (await list('SELECT name FROM system.settings')).flatMap((name) =>
    values.flatMap((value) => [
      { sql: 'SELECT count() FROM otel_logs', url: { [name]: value } },
      { sql: `SELECT count() FROM otel_logs SETTINGS ${name} = '${value.replaceAll("'", "''")}'` },
    ]),
  );
  const formats = (await list('SELECT name FROM system.formats')).flatMap((name) => [
    { sql: `SELECT 1 AS a FORMAT ${name}` },
    { sql: 'SELECT 1 AS a', url: { default_format: name, format_schema: path } },
  ]);
  const engines = (await list('SELECT name FROM system.table_engines')).map((name) => ({
    sql: `CREATE TABLE t (s String) ENGINE = ${name}('${path}')`,
  }));
  const tables = (
    await list("SELECT database || '.' || name FROM system.tables WHERE database NOT IN ('default')")
  ).map((name) => ({ sql: `SELECT * FROM ${name} LIMIT 1` }));
  const keywords = (await list('SELECT keyword FROM system.keywords')).map((keyword) => ({
    sql: `${keyword} secret`,
  }));
  const all: readonly Case[] = [
    ...tableFunctions.map((sql) => ({ way: 'every table function', sql })),
    ...functions.map((sql) => ({ way: 'every function', sql })),
    ...settings.map((tried) => ({ way: 'every setting', ...tried })),
    ...formats.map((tried) => ({ way: 'every format', ...tried })),
    ...engines.map((tried) => ({ way: 'every table engine', ...tried })),
    ...tables.map((tried) => ({ way: 'every table elsewhere', ...tried })),
    ...keywords.map((tried) => ({ way: 'every keyword', ...tried })),
  ];
  const every = Math.max(1, Math.round(1 / share));
  return all.filter((_, index) => index % every === 0);
}
