import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/engine/domain/cluster.ts';
import { derivedTables } from '../../../src/engine/domain/schema/derived.ts';
import { ownTables } from '../../../src/engine/domain/schema/own/own-tables.ts';
import { telemetryTables } from '../../../src/engine/domain/schema/telemetry.ts';
import { shardKey } from '../../../src/engine/store/cluster/cluster.ts';
import { clusterLayout } from '../../../src/engine/store/ddl.ts';
import { createMigrationsTable, migrations } from '../../../src/engine/store/migrations.ts';

/**
 * No cluster can be had here. The embedded engine, which is the same code, is told of one with two shards in its
 * configuration. It parses every statement as it stands; it runs each one without what needs a Keeper (`ON CLUSTER`,
 * the `Replicated` in the engine's name and the settings of replicated tables); and it makes the `Distributed` tables,
 * over which it cannot reach the shards.
 */
const cluster: Cluster = { name: 'obs', quorum: 'auto', cold: { storagePolicy: 'tiered', afterDays: 2 } };
const configuration = (folder: string): string => `<clickhouse>
  <remote_servers><obs>
    <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    <shard><replica><host>127.0.0.1</host><port>9001</port></replica></shard>
  </obs></remote_servers>
  <storage_configuration>
    <disks><frozen><path>${folder}/frozen/</path></frozen></disks>
    <policies><tiered><volumes>
      <hot><disk>default</disk></hot>
      <cold><disk>frozen</disk></cold>
    </volumes></tiered></policies>
  </storage_configuration>
</clickhouse>`;

describe('the tables of a cluster', () => {
  let folder: string;
  let session: Session;
  let statements: readonly string[];
  const query = (sql: string): string => session.query(sql, 'TSV').toString().trimEnd();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-cluster-'));
    const file = join(folder, 'config.xml');
    writeFileSync(file, configuration(folder));
    session = new Session(join(folder, 'store'), { connectionArgs: [`--config-file=${file}`] });
    query('CREATE DATABASE otel');
    query('USE otel');
    const known = query('SELECT name FROM system.merge_tree_settings').split('\n');
    const layout = clusterLayout(cluster, new Set(known));
    statements = [createMigrationsTable(layout), ...migrations.flatMap((step) => step.statements(layout))];
  });
  afterAll(() => {
    session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every statement is for the whole cluster, and ClickHouse can read it', () => {
    for (const statement of statements) {
      expect(statement).toContain(' ON CLUSTER `obs`');
      expect(query(`SELECT formatQuerySingleLine('${statement.replaceAll(/[\\']/g, '\\$&')}')`)).toContain(
        'ON CLUSTER',
      );
    }
  });

  test('every statement runs, but for the replication', () => {
    for (const statement of statements) query(withoutKeeper(statement));
    const engines = new Map(
      query('SELECT name, engine FROM system.tables WHERE database = currentDatabase()')
        .split('\n')
        .map((line) => line.split('\t') as [string, string]),
    );
    for (const { name } of [...Object.values(telemetryTables), ...derivedTables, ...ownTables]) {
      expect([name, engines.get(name)]).toEqual([name, 'Distributed']);
      expect([name, engines.get(`${name}_local`)]).toEqual([name, expect.stringMatching(/MergeTree$/)]);
    }
  });

  test('the Distributed table has the columns of the local one, so that a segment fits', () => {
    for (const { name, columns } of Object.values(telemetryTables)) {
      const said = query(
        `SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = '${name}'
         AND default_kind = '' ORDER BY position`,
      );
      expect(said.split('\n')).toEqual(columns.map((column) => `${column.name}\t${column.type}`));
    }
  });

  test('a span on a shard is rolled up on that shard', () => {
    query(`INSERT INTO otel_traces_local (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, Duration)
      SELECT now() - number, hex(number), hex(number), 'shop', 'GET /', 'Server', 1000 FROM numbers(100)`);
    expect(query('SELECT sum(Calls) FROM obs_red_10s_local')).toBe('100');
    expect(query('SELECT sum(Calls) FROM obs_red_1m_local')).toBe('100');
  });

  test("a row's shard is computed from the row, so that a replay falls on the same shards", () => {
    for (const { name } of Object.values(telemetryTables)) {
      const said = query(
        `SELECT engine_full FROM system.tables WHERE name = '${name}' AND database = currentDatabase()`,
      );
      expect(said).toContain(shardKey(name));
      expect(said).not.toContain('rand()');
      expect(query(`SELECT count() FROM (SELECT ${shardKey(name)} FROM ${name}_local)`)).toMatch(/^\d+$/);
    }
    const shards = query(
      `SELECT ${shardKey('otel_traces')} % 2 AS shard, count() FROM otel_traces_local GROUP BY shard ORDER BY shard`,
    );
    expect(shards.split('\n')).toHaveLength(2);
  });

  test('parts move to the cold volume before they go', () => {
    const ttl = query(`SELECT extract(create_table_query, 'TTL (.*) SETTINGS') FROM system.tables
      WHERE name = 'otel_traces_local' AND database = currentDatabase()`);
    expect(ttl).toMatch(/toIntervalDay\(2\) TO VOLUME \\+'cold\\+', .*toIntervalDay\(7\)/);
  });
});

function withoutKeeper(statement: string): string {
  return statement
    .replace(' ON CLUSTER `obs`', '')
    .replace(/ENGINE = Replicated(\w*MergeTree)\([^)]*\{[^)]*\)/, 'ENGINE = $1()')
    .replace('ENGINE = Replicated', 'ENGINE = ')
    .replaceAll(/, replicated_\w+ = \d+/g, '');
}
