import { Effect } from 'effect';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedSystemTables, allowedTableFunctions } from '../../../src/engine/store/guard/allowed-names.ts';
import { allowedSettings } from '../../../src/engine/store/guard/allowed-settings.ts';
import { guardStatement } from '../../../src/engine/store/guard/guard-statement.ts';
import { Store, type Parameters } from '../../../src/engine/store/store.ts';
import { openRealStore, type RealStore } from './real-store.ts';

let store: RealStore;
/** A file that a statement must not be able to read, under a plain name where the engine runs. */
const secretFolder = mkdtempSync(join(tmpdir(), 'obs-secret-'));
const secretPath = join(secretFolder, 'secret.tsv');
const workingFolder = process.cwd();

beforeAll(async () => {
  writeFileSync(secretPath, 'the secret\n');
  writeFileSync(join(secretFolder, 'Makefile'), 'the secret\n');
  // Names without a slash are files in the folder where the engine was started.
  process.chdir(secretFolder);
  store = await openRealStore();
  process.chdir(workingFolder);
});
afterAll(async () => {
  await store.close();
  rmSync(secretFolder, { recursive: true });
});

async function verdict(sql: string, parameters: Parameters = {}): Promise<string> {
  return store.run(
    guardStatement(sql, parameters).pipe(
      Effect.map(({ kind }) => `allowed: ${kind}`),
      Effect.catchTag('QueryRefused', ({ reason }) => Effect.succeed(`refused: ${reason}`)),
      Effect.catchTag('QueryFailed', ({ code, message }) => Effect.succeed(`failed: ${code} ${message}`)),
    ),
  );
}

describe('statements that only read the store pass', () => {
  const allowed: readonly (readonly [string, string])[] = [
    ['select', 'SELECT 1'],
    ['select', 'select 1;'],
    ['select', '(SELECT 1)'],
    ['select', 'FROM otel_traces SELECT count()'],
    ['select', 'SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2'],
    ['select', 'SELECT 1 EXCEPT SELECT 2'],
    ['select', 'SELECT version()'],
    ['select', "SELECT '; DROP TABLE x' -- a comment"],
    ['select', "SELECT * FROM otel_logs WHERE Body LIKE '%INTO OUTFILE%' AND Body != 'SETTINGS readonly = 0'"],
    ['select', 'WITH x AS (SELECT 1 AS a) SELECT a FROM x'],
    ['select', 'WITH x AS (SELECT 1 AS a), y AS (SELECT a FROM x) SELECT * EXCEPT (a) FROM y JOIN x USING (a)'],
    ['select', 'WITH x AS (SELECT 1) SELECT * FROM x UNION ALL SELECT * FROM x'],
    ['select', 'WITH x AS (SELECT 1) SELECT * FROM (SELECT * FROM (SELECT * FROM x))'],
    ['select', 'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT n FROM t'],
    ['select', 'WITH toStartOfMinute(Timestamp) AS minute, ServiceName AS s, s AS t SELECT minute, t FROM otel_logs'],
    ['select', 'SELECT l.Body AS x, t.SpanName AS x FROM otel_logs AS l, otel_traces AS t'],
    ['select', 'SELECT a AS x FROM (SELECT 1 AS a) UNION ALL SELECT a AS x FROM (SELECT 2 AS a)'],
    ['select', 'WITH l.Body AS b, LogAttributes.a AS c, number AS n SELECT b, c, n FROM otel_logs AS l, numbers(2)'],
    [
      'select',
      'WITH (SELECT groupArray(TraceId) FROM otel_logs) AS ids SELECT count() FROM otel_traces WHERE TraceId IN ids',
    ],
    ['select', 'WITH [1, 2] AS ids SELECT count() FROM otel_traces WHERE Duration IN ids'],
    ['select', 'SELECT count() FROM otel_traces WHERE TraceId IN (SELECT TraceId FROM otel_logs)'],
    ['select', "SELECT count() FROM otel_traces WHERE (TraceId, SpanId) NOT IN (('a', 'b'), ('c', 'd'))"],
    ['select', 'SELECT number FROM numbers(10) WHERE number GLOBAL IN (1, 2)'],
    ['select', 'SELECT * FROM default.otel_traces AS t LEFT JOIN `otel_logs` l ON t.TraceId = l.TraceId LIMIT 1'],
    ['select', 'SELECT name FROM system.databases'],
    ['select', "SELECT * FROM information_schema.tables WHERE table_schema = 'default'"],
    ['select', 'SELECT * FROM INFORMATION_SCHEMA.COLUMNS'],
    ['select', "SELECT * FROM values('a UInt8, b String', (1, 'x'))"],
    ['select', 'SELECT * FROM (VALUES (1, 2), (3, 4))'],
    ['select', 'SELECT * FROM view(SELECT 1)'],
    ['select', 'SELECT count() FROM otel_traces ARRAY JOIN `Events.Name` AS event'],
    ['select', 'SELECT quantilesDDMerge(0.01, 0.5)(DurationQuantiles) FROM obs_red_1m'],
    [
      'select',
      'SELECT sum(Duration) OVER (PARTITION BY ServiceName ORDER BY Timestamp ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM otel_traces',
    ],
    ['select', 'SELECT * APPLY toString FROM (SELECT 1 AS a)'],
    ['select', 'SELECT * APPLY quantiles(0.5, 0.9) FROM (SELECT 1 AS a)'],
    ['select', 'SELECT apply, apply + 1 FROM (SELECT 1 AS apply)'],
    ['select', "SELECT COLUMNS('Id$') FROM otel_traces LIMIT 1"],
    ['select', 'SELECT 1 SETTINGS max_threads = 1, max_execution_time = 5'],
    [
      'select',
      "SELECT * FROM (SELECT 1 SETTINGS optimize_read_in_order = 0) SETTINGS join_algorithm = 'hash' FORMAT JSON",
    ],
    ['select', 'SELECT 1 FORMAT Native'],
    ['select', 'SELECT 1 AS format ORDER BY format ASC'],
    ['select', 'SELECT 1 AS settings, 2 AS outfile, 3 AS `INTO` ORDER BY settings'],
    [
      'select',
      'SELECT toStartOfInterval(Timestamp, INTERVAL 5 MINUTE) AS t, count() FROM otel_traces GROUP BY t ORDER BY t WITH FILL STEP 300',
    ],
    ['select', 'SELECT {n:UInt8} + length({list:Array(String)})'],
    ['select', "SELECT 'héllo', 'a\\'b', 'a''b', $$it's$$, $tag$x$tag$"],
    ['select', "SELECT hostName(), currentDatabase(), getSetting('max_threads')"],
    ['select', 'SELECT aipSum FROM (SELECT 1 AS aipSum)'],
    ['show', 'SHOW TABLES'],
    ['show', "SHOW TABLES FROM default LIKE 'otel%'"],
    ['show', 'SHOW DATABASES'],
    ['show', 'SHOW CREATE TABLE otel_traces'],
    ['show', 'SHOW COLUMNS FROM otel_traces'],
    ['show', 'SHOW COLUMNS FROM otel_traces FROM default'],
    ['show', "SHOW TABLES WHERE name IN ('otel_logs', 'otel_traces')"],
    ['show', 'SHOW TABLES FROM INFORMATION_SCHEMA'],
    ['show', 'SHOW PROCESSLIST'],
    ['show', "SHOW FUNCTIONS LIKE 'quantile%'"],
    ['describe', 'DESCRIBE TABLE otel_traces'],
    ['describe', 'DESC otel_traces'],
    ['describe', 'DESCRIBE (SELECT 1 AS a)'],
    ['exists', 'EXISTS TABLE otel_traces'],
    ['exists', 'EXISTS TABLE not_there'],
    ['explain', 'EXPLAIN SELECT count() FROM otel_traces'],
    ['explain', 'EXPLAIN indexes = 1, json = 1 SELECT count() FROM otel_traces'],
    ['explain', 'EXPLAIN PIPELINE SELECT 1'],
  ];
  test.each(allowed)('%s: %s', async (kind, sql) => {
    expect(await verdict(sql)).toBe(`allowed: ${kind}`);
  });
});

describe('what known clients send passes', () => {
  const sent: readonly (readonly [string, string])[] = [
    ['@clickhouse/client, ping', 'SELECT 1 FORMAT CSV'],
    ['clickhouse-connect, at connect', 'SELECT version(), timezone()'],
    ['clickhouse-connect, at connect', 'SELECT name, value, readonly as readonly FROM system.settings LIMIT 10000'],
    ['clickhouse-connect, at connect', 'SELECT 1 AS check'],
    ['clickhouse-connect, insert context', 'DESCRIBE TABLE `otel_logs`'],
    ['clickhouse-go, at connect', 'SELECT displayName(), version(), revision(), timezone()'],
    ['clickhouse-go, at connect', 'SELECT timeZone()'],
    ['Grafana, databases', 'SELECT name FROM system.databases'],
    ['Grafana, tables', `SELECT name FROM system.tables WHERE database = 'default'`],
    ['Grafana, tables', 'SHOW TABLES FROM "default"'],
    ['Grafana, columns', 'DESC TABLE "default"."otel_traces"'],
    ['Grafana, columns', `SELECT name, type FROM system.columns WHERE database = 'default' AND table = 'otel_traces'`],
    ['Grafana, editor', 'SELECT name, is_aggregate FROM system.functions'],
    [
      'Grafana, $__timeInterval and $__timeFilter',
      `SELECT toStartOfInterval(toDateTime("Timestamp"), INTERVAL 60 second) as "time", count() FROM "default"."otel_traces" WHERE "Timestamp" >= toDateTime64(1700000000000/1000, 3) AND "Timestamp" <= toDateTime64(1700003600000/1000, 3) GROUP BY time ORDER BY time ASC LIMIT 100000`,
    ],
    [
      'Grafana, one trace',
      `WITH 'abc' as trace_id, (SELECT min(Start) FROM "default"."otel_traces_trace_id_ts" WHERE TraceId = trace_id) as trace_start, (SELECT max(End) + 1 FROM "default"."otel_traces_trace_id_ts" WHERE TraceId = trace_id) as trace_end SELECT "TraceId" as traceID, "SpanId" as spanID, multiply(toUnixTimestamp64Nano("Timestamp"), 0.000001) as startTime, arrayMap(key -> map('key', key, 'value', "SpanAttributes"[key]), mapKeys("SpanAttributes")) as tags FROM "default"."otel_traces" WHERE traceID = trace_id AND "Timestamp" >= trace_start AND "Timestamp" <= trace_end LIMIT 1000`,
    ],
    [
      'HyperDX, a column',
      'SELECT DISTINCT ServiceName FROM default.otel_logs LIMIT 10 SETTINGS optimize_read_in_order = 0, cast_keep_nullable = 1',
    ],
    [
      'HyperDX, keys of a map',
      'SELECT groupUniqArrayArray(20000)(mapKeys(LogAttributes)) AS keysArr FROM default.otel_logs',
    ],
    [
      'HyperDX, indexes',
      `SELECT * FROM system.data_skipping_indices WHERE database = 'default' AND table = 'otel_logs'`,
    ],
    ['DBeaver', 'SELECT * FROM system.data_type_families'],
    ['MySQL-minded tools', 'SELECT @@version_comment'],
  ];
  test.each(sent)('%s: %s', async (_client, sql) => {
    expect(await verdict(sql)).toMatch(/^allowed/);
  });
});

describe('everything else is refused, with the reason', () => {
  const refused: readonly (readonly [RegExp, string])[] = [
    // more than one statement, or one that does not read
    [/more than one statement/, 'SELECT 1; DROP TABLE otel_traces'],
    [/more than one statement/, 'SELECT 1; SELECT 2'],
    [/INSERT is not a reading/, "INSERT INTO otel_logs (Body) VALUES ('x')"],
    [/INSERT is not a reading/, 'INSERT INTO otel_logs SELECT * FROM otel_logs'],
    [/INSERT is not a reading/, `INSERT INTO FUNCTION file('${secretPath}') SELECT 1`],
    [/DROP is not a reading/, 'DROP TABLE otel_traces'],
    [/TRUNCATE is not a reading/, 'TRUNCATE TABLE otel_traces'],
    [/ALTER is not a reading/, 'ALTER TABLE otel_traces DELETE WHERE 1'],
    [/CREATE is not a reading/, 'CREATE TABLE t ENGINE = Memory AS SELECT 1'],
    [/CREATE is not a reading/, 'CREATE TEMPORARY TABLE t (a UInt8)'],
    [/CREATE is not a reading/, 'CREATE VIEW v AS SELECT 1'],
    [/CREATE is not a reading/, 'CREATE FUNCTION f AS x -> file(x)'],
    [/SET is not a reading/, 'SET readonly = 0'],
    [/USE is not a reading/, 'USE system'],
    [/SYSTEM is not a reading/, 'SYSTEM SHUTDOWN'],
    [/KILL is not a reading/, 'KILL QUERY WHERE 1'],
    [/OPTIMIZE is not a reading/, 'OPTIMIZE TABLE otel_traces FINAL'],
    [/RENAME is not a reading/, 'RENAME TABLE otel_traces TO x'],
    [/ATTACH is not a reading/, 'ATTACH TABLE x'],
    [/DETACH is not a reading/, 'DETACH TABLE otel_traces'],
    [/BACKUP is not a reading/, "BACKUP TABLE otel_traces TO File('x')"],
    [/GRANT is not a reading/, 'GRANT ALL ON *.* TO x'],
    [/EXECUTE is not a reading/, 'EXECUTE AS x SELECT 1'],
    [/CHECK is not a reading/, 'CHECK TABLE otel_traces'],
    [/BEGIN is not a reading/, 'BEGIN TRANSACTION'],
    [/UPDATE is not a reading/, "UPDATE otel_logs SET Body = 'x' WHERE 1"],
    [/DELETE is not a reading/, 'DELETE FROM otel_logs WHERE 1'],
    [/only a SELECT may be explained|Insert|INSERT/, 'EXPLAIN AST INSERT INTO otel_logs SELECT * FROM otel_logs'],
    [/only a SELECT may be explained|CREATE/i, 'EXPLAIN AST CREATE TABLE t (a UInt8) ENGINE = Memory'],
    [/TABLE OVERRIDE/, "EXPLAIN TABLE OVERRIDE mysql('a', 'b') PARTITION BY x"],
    // files
    [/function file/, `SELECT * FROM file('${secretPath}')`],
    [/function file/, `SELECT * FROM \`file\`('${secretPath}')`],
    [/function file/, `SELECT * FROM "file"($$${secretPath}$$)`],
    [/function file/, `SELECT * FROM/**/file /* x */ ('${secretPath}')`],
    [/function file/, `SELECT file('${secretPath}')`],
    [/function FILE/, `SELECT FILE('${secretPath}')`],
    [/function file/, `SELECT 1 IN (SELECT * FROM file('${secretPath}'))`],
    [/function file/, `SELECT 'x' IN file('${secretPath}')`],
    [/function file/, `SELECT 'x' GLOBAL NOT IN (file('${secretPath}'))`],
    [/function file/, `SELECT * FROM view(SELECT * FROM file('${secretPath}'))`],
    [/function file/, `SELECT * FROM otel_traces JOIN file('${secretPath}') AS f ON 1`],
    [/function file/, `WITH x AS (SELECT * FROM file('${secretPath}')) SELECT * FROM x`],
    [/function file/, `WITH file('${secretPath}') AS x SELECT x`],
    [/function file/, `DESCRIBE file('${secretPath}')`],
    [/function file/, `DESCRIBE TABLE file('${secretPath}')`],
    [/function file/, `EXPLAIN SELECT * FROM file('${secretPath}')`],
    [/function file/, `SELECT * APPLY file FROM (SELECT '${secretPath}')`],
    [/function file|lambda/, `SELECT * APPLY (x -> file(x)) FROM (SELECT '${secretPath}')`],
    [/lambda in APPLY/, "SELECT * APPLY (x -> x IN (SELECT * FROM otel_logs)) FROM (SELECT '1')"],
    [/lambda in APPLY/, "SELECT COLUMNS('a') APPLY (y -> y IN (SELECT * FROM otel_logs)) FROM (SELECT '1' AS a)"],
    [/plain literals/, 'SELECT * APPLY quantiles((SELECT 0.5)) FROM (SELECT 1)'],
    [/function file/, `SELECT * REPLACE (file('${secretPath}') AS a) FROM (SELECT 1 AS a)`],
    [/function file/, `SELECT arrayMap(x -> file(x), ['${secretPath}'])`],
    [/function file/, `SELECT 1 ORDER BY file('${secretPath}')`],
    [/function file/, `SELECT 1 LIMIT length(file('${secretPath}'))`],
    [/function file/, `SELECT sum(1) OVER (ORDER BY file('${secretPath}'))`],
    [/function file/, `SELECT number FROM numbers(length(file('${secretPath}')))`],
    [/INTO OUTFILE/, "SELECT 1 INTO OUTFILE '/tmp/x'"],
    [/INTO OUTFILE/, "SELECT 1 into/**/outfile '/tmp/x' TRUNCATE FORMAT CSV"],
    [/INTO OUTFILE/, "SHOW TABLES INTO OUTFILE '/tmp/x'"],
    [/INTO OUTFILE/, "EXPLAIN AST SELECT 1 INTO OUTFILE '/tmp/x'"],
    // the network, other engines, programs
    [/function url/, "SELECT * FROM url('http://127.0.0.1:9/')"],
    [/function url/, "SELECT * FROM `url`('http://127.0.0.1:9/', CSV, 'a String')"],
    [/function s3/, "SELECT * FROM s3('http://127.0.0.1:9/b/k')"],
    [/function remote/, "SELECT * FROM remote('127.0.0.1', system.one)"],
    [/function mysql/, "SELECT * FROM mysql('h:1', 'd', 't', 'u', 'p')"],
    [/function postgresql/, "SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'p')"],
    [/function executable/, "SELECT * FROM executable('x', TSV, 'a String')"],
    [/function sqlite/, "SELECT * FROM sqlite('x.db', 't')"],
    [/function input/, "SELECT * FROM input('a String')"],
    [/function cluster/, "SELECT * FROM clusterAllReplicas('default', system.one)"],
    [/function merge/, "SELECT * FROM merge('system', '.*')"],
    [/function dictionary/, "SELECT * FROM dictionary('x')"],
    [/function loop/, 'SELECT * FROM loop(otel_traces)'],
    [/function format/, "SELECT * FROM format(CSV, '1')"],
    [/function eval/, "SELECT * FROM eval('SELECT 1')"],
    [/function viewExplain/, 'SELECT * FROM (EXPLAIN SELECT 1)'],
    [/function filesystem/, "SELECT * FROM filesystem('/etc')"],
    [/function hasColumnInTable/, "SELECT hasColumnInTable('127.0.0.1:9', 'd', 't', 'c')"],
    [/function joinGet/, "SELECT joinGet('system.x', 'a', 1)"],
    [/function dictGet/, "SELECT dictGet('x', 'a', 1)"],
    [/function aiGenerate/i, "SELECT aiGenerate('x')"],
    [/function catboostEvaluate/, "SELECT catboostEvaluate('/x', 1)"],
    [/function sleep/, 'SELECT sleep(3)'],
    [/function addressToLine/, 'SELECT addressToLine(1)'],
    // other databases and the tables of `system` that are nobody's business
    [/system.users is not allowed/, 'SELECT * FROM system.users'],
    [/system.stack_trace is not allowed/, 'SELECT * FROM system.stack_trace'],
    [/system.named_collections is not allowed/, 'SELECT * FROM `system`.`named_collections`'],
    [/system.certificates is not allowed/, 'SHOW CREATE TABLE system.certificates'],
    [/system.users is not allowed/, 'DESCRIBE system.users'],
    [/system.users is not allowed/, "SELECT 'x' IN (system.users)"],
    [/system.users is not allowed/, 'SELECT * FROM (SELECT * FROM (SELECT name FROM system.users))'],
    [/database other is not allowed/, 'SELECT * FROM other.t'],
    [/database other is not allowed/, 'EXISTS TABLE other.t'],
    [/database other is not allowed/, 'EXISTS DATABASE other'],
    [/database other is not allowed/, 'SHOW TABLES FROM other'],
    [/database other is not allowed/, 'SHOW COLUMNS FROM t FROM `other`'],
    [/database other is not allowed/, 'SHOW INDEX FROM other.t'],
    [/database other is not allowed/, 'SHOW CREATE DATABASE other'],
    [/GRANTS/, 'SHOW GRANTS'],
    [/ACCESS/, 'SHOW ACCESS'],
    [/SHOW is not a reading|USERS/, 'SHOW USERS'],
    // what the syntax tree does not show
    [/SELECT inside SHOW/, 'SHOW COLUMNS FROM otel_traces WHERE field IN (SELECT 1)'],
    [/IN with a name inside SHOW/, 'SHOW TABLES WHERE name IN (`/etc/passwd`)'],
    [/IN with a name inside SHOW/, "SHOW TABLES WHERE in('a', `/etc/passwd`)"],
    [/IN with a name inside SHOW/, "SHOW TABLES WHERE NOT (in('a', (b)))"],
    [/inside SHOW/, 'SHOW TABLES WHERE lower(name) = 1'],
    [/readonly|read-only/, 'SELECT 1 SETTINGS readonly = 0'],
    [/readonly|read-only/, 'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)'],
    [/max_execution_time may be at most/, 'SELECT 1 SETTINGS max_execution_time = 0'],
    [/max_memory_usage may be at most/, 'SELECT 1 SETTINGS max_memory_usage = 999999999999'],
    [/format_schema cannot/, "SELECT 1 SETTINGS format_schema = 'x' FORMAT CSV"],
    [/output_format_schema cannot/, "SELECT 1 SETTINGS output_format_schema = '/tmp/x'"],
    [/additional_table_filters/, "SELECT 1 SETTINGS additional_table_filters = {'t': 'file(1)'}"],
    [/allow_introspection_functions/, 'SELECT 1 FORMAT CSV SETTINGS allow_introspection_functions = 1'],
    [/format Protobuf/, 'SELECT 1 FORMAT Protobuf'],
    [/format Template/, 'SELECT 1 FORMAT Template'],
    [/format MySQLWire/, 'SELECT 1 FORMAT MySQLWire'],
    // text that was made to be misread
    [/control characters/, 'SELECT `a\n Function plus (children 0)` FROM otel_logs'],
    [/control characters/, 'SELECT 1 AS `x (alias y)`'],
    [/NUL/, 'SELECT 1\0; DROP TABLE otel_traces'],
  ];
  test.each(refused)('%s: %s', async (reason, sql) => {
    expect(await verdict(sql)).toMatch(/^refused: /);
    expect(await verdict(sql)).toMatch(reason);
  });
});

describe('names of files, which are tables to chDB, are unknown tables', () => {
  const names: readonly string[] = [
    `SELECT * FROM \`${secretPath}\``,
    `SELECT * FROM '${secretPath}'`,
    `SELECT * FROM default.\`${secretPath}\``,
    `SELECT * FROM "${secretPath}" AS x`,
    `DESCRIBE \`${secretPath}\``,
    `DESCRIBE TABLE default.\`${secretPath}\``,
    `SHOW CREATE TABLE \`${secretPath}\``,
    `EXISTS TABLE \`${secretPath}\``,
    `SELECT 'the secret' IN (\`${secretPath}\`)`,
    `SELECT 'the secret' IN \`${secretPath}\``,
    `SELECT 'the secret' GLOBAL IN \`${secretPath}\``,
    `EXPLAIN SELECT * FROM \`${secretPath}\``,
    // a definition of the same name that does not reach so far
    'SELECT * FROM (WITH Makefile AS (SELECT 1) SELECT * FROM Makefile), Makefile',
    'SELECT * FROM Makefile, (WITH Makefile AS (SELECT 1) SELECT * FROM Makefile)',
    'WITH Makefile AS (SELECT * FROM Makefile) SELECT * FROM Makefile',
    'WITH x AS (SELECT * FROM Makefile), Makefile AS (SELECT 1) SELECT * FROM x',
    'SELECT 1 UNION ALL (WITH Makefile AS (SELECT 1) SELECT * FROM Makefile) UNION ALL SELECT * FROM Makefile',
    'WITH RECURSIVE a AS (SELECT 1) SELECT * FROM (WITH Makefile AS (SELECT * FROM Makefile) SELECT * FROM Makefile)',
    // a name within the expression that it names
    "SELECT 'the secret' IN (Makefile) AS Makefile",
    "SELECT 'the secret' IN (Makefile) AS x, x AS Makefile",
    "WITH Makefile AS x SELECT 'the secret' IN x",
    "WITH [Makefile] AS x SELECT 'the secret' IN x",
    // an expression in WITH that is no column is looked up among the tables
    'WITH Makefile AS x SELECT 1',
    'WITH if(1, Makefile AS x, number) AS y SELECT 1 FROM numbers(2)',
    'WITH default.Makefile AS x SELECT 1',
    "SELECT if(1, Makefile AS x, 'a' AS x)",
    "SELECT * REPLACE (if(1, 'a' AS x, Makefile AS x) AS s) FROM (SELECT 1 AS s)",
    'WITH Makefile AS x SELECT (SELECT 1 AS Makefile)',
    // the recursion starts from what stands before its UNION
    'WITH RECURSIVE Makefile AS (SELECT * FROM Makefile UNION ALL SELECT 1) SELECT * FROM Makefile',
    'WITH RECURSIVE Makefile AS (SELECT * FROM Makefile) SELECT * FROM Makefile',
    'WITH RECURSIVE Makefile AS (SELECT 1 EXCEPT SELECT * FROM Makefile) SELECT * FROM Makefile',
    "SELECT (SELECT ['a'] AS Makefile), 'the secret' IN Makefile",
    "SELECT 'the secret' IN Makefile FROM numbers(1) AS Makefile",
    "SELECT 'the secret' IN Makefile FROM (SELECT ['a'] AS Makefile)",
  ];
  test.each(names)('%s', async (sql) => {
    expect(await verdict(sql)).toMatch(/^failed: 60 Unknown table expression identifier/);
  });

  test('and the engine would have read them: the guard is needed', async () => {
    const read = Effect.gen(function* () {
      const store = yield* Store;
      return yield* store.run({ sql: `SELECT * FROM \`${basename(secretPath)}\``, format: 'TSV' });
    });
    const { body } = await store.run(read);
    expect(Buffer.from(body).toString()).toContain('the secret');
  });
});

describe('parameters', () => {
  test('an identifier becomes part of the text that is checked', async () => {
    expect(await verdict('SELECT count() FROM {t:Identifier}', { t: 'otel_traces' })).toBe('allowed: select');
    expect(await verdict('SELECT count() FROM {t:Identifier}', { t: '/etc/passwd' })).toMatch(/^failed: 60/);
    expect(await verdict('SELECT count() FROM {d:Identifier}.{t:Identifier}', { d: 'system', t: 'users' })).toMatch(
      /system.users/,
    );
    expect(await verdict('SELECT {c:Identifier} FROM otel_logs', { c: 'Body` FROM otel_logs; DROP TABLE x --' })).toBe(
      'allowed: select',
    );
    expect(await verdict('SELECT * FROM {t:Identifier}', {})).toMatch(/parameter t is not given/);
  });

  test('the verdict on one value says nothing about another', async () => {
    const sql = 'SELECT 1 FROM {t:Identifier}';
    expect(await verdict(sql, { t: 'otel_logs' })).toBe('allowed: select');
    expect(await verdict(sql, { t: '/etc/hostname' })).toMatch(/^failed: 60/);
  });

  test('a type that hides an identifier is not taken', async () => {
    expect(await verdict('SELECT {x:Nullable(Identifier)}', { x: 'a' })).toMatch(/unknown type/);
  });
});

describe('the lists behind the guard', () => {
  const read = async (sql: string): Promise<string> => {
    const { body } = await store.run(Effect.flatMap(Store, (s) => s.run({ sql, format: 'TSVRaw' })));
    return Buffer.from(body).toString().trim();
  };

  test('every function of this engine was read; a new engine brings new ones to read', async () => {
    const names = "arrayStringConcat(arraySort(groupArray(name)), ' ')";
    const seen = await read(
      `SELECT version(), count(), cityHash64(${names}) FROM system.functions WHERE origin = 'System'`,
    );
    // When this fails: read what is new in `system.functions`, add what reaches outside to allowed-names.ts, then this line.
    expect(seen).toBe('26.7.2.1\t1825\t13364949839895506435');
  });

  test('every table function that is not allowed is refused', async () => {
    const all = (await read('SELECT name FROM system.table_functions')).split('\n');
    expect(all.length).toBeGreaterThan(80);
    const passed: string[] = [];
    for (const name of all)
      if ((await verdict(`SELECT * FROM \`${name}\`(1)`)).startsWith('allowed')) passed.push(name);
    // `view(1)` is no syntax.
    expect([...passed, 'view'].sort()).toEqual([...allowedTableFunctions].filter((name) => all.includes(name)).sort());
  });

  test('every table of system that is not allowed is refused', async () => {
    const all = (await read("SELECT name FROM system.tables WHERE database = 'system'")).split('\n');
    const passed: string[] = [];
    for (const name of all)
      if ((await verdict(`SELECT * FROM system.${name}`)).startsWith('allowed')) passed.push(name);
    expect(passed.sort()).toEqual([...allowedSystemTables].filter((name) => all.includes(name)).sort());
  });

  test('every allowed setting is one that the engine knows', async () => {
    const known = new Set((await read('SELECT name FROM system.settings')).split('\n'));
    expect([...allowedSettings].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('what the guard gives back', () => {
  test('is the canonical text, with comments gone and FORMAT beside it', async () => {
    const guarded = await store.run(guardStatement('select /* a */ 1 -- b\n as x format  JSONEachRow'));
    expect(guarded).toEqual({ sql: 'SELECT 1 AS x', kind: 'select', format: 'JSONEachRow' });
    const after = await store.run(guardStatement('SELECT 1 FORMAT CSV SETTINGS max_threads = 1'));
    expect(after).toEqual({ sql: 'SELECT 1 SETTINGS max_threads = 1', kind: 'select', format: 'CSV' });
  });

  test('runs in the engine', async () => {
    const guarded = await store.run(guardStatement("SELECT 'a\\'b\\\\c\\n' AS `x y`, [1, 2][1] FORMAT CSV"));
    const ran = await store.run(
      Effect.flatMap(Store, (s) => s.run({ sql: guarded.sql, format: guarded.format ?? '' })),
    );
    expect(Buffer.from(ran.body).toString()).toBe('"a\'b\\c\n",1\n');
  });

  test("a syntax error is ClickHouse's own, without our statement around it", async () => {
    expect(await verdict('SELEC 1')).toMatch(/^failed: 62 Syntax error: failed at position 7 /);
    expect(await verdict('SELEC 1')).not.toMatch(/formatQuery/);
    expect(await verdict('')).toMatch(/^failed: 62/);
  });

  test('a table made after the guard first looked is found', async () => {
    expect(await verdict('SELECT * FROM made_later')).toMatch(/^failed: 60/);
    await store.run(
      Effect.flatMap(Store, (s) => s.command('CREATE TABLE made_later (a UInt8) ENGINE = MergeTree ORDER BY a')),
    );
    expect(await verdict('SELECT * FROM made_later')).toBe('allowed: select');
  });

  test('a text beyond the limit is QUERY_IS_TOO_LARGE', async () => {
    expect(await verdict(`SELECT '${'x'.repeat(300_000)}'`)).toMatch(/^failed: 229/);
  });
});
