import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { telemetryTables, type TelemetryTableName } from '../../../../src/engine/domain/schema/telemetry.ts';
import type { EncodedBlock } from '../../../../src/engine/otlp/encoder.ts';

export type Row = Readonly<Record<string, unknown>>;

function varint(value: number): Buffer {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A whole Native block, as a file of that format has them one after another. */
export function nativeBlock({ columns, rows, body }: EncodedBlock): Buffer {
  return Buffer.concat([varint(columns), varint(rows), body]);
}

/** A real ClickHouse engine that reads our blocks from a file. */
export class NativeReader {
  private readonly folder = mkdtempSync(join(tmpdir(), 'obs-otlp-test-'));
  private readonly session = new Session();

  /**
   * All rows of the blocks, which must be of one table: times as nanoseconds in decimal, 64-bit integers as decimal
   * strings, maps as lists of [key, value].
   */
  read(blocks: readonly EncodedBlock[]): Row[] {
    const table = blocks[0]?.table;
    if (table === undefined) return [];
    const columns = telemetryTables[table].columns.map(({ name, type }) => {
      if (type === 'DateTime64(9)') return `toString(toUnixTimestamp64Nano(\`${name}\`)) AS \`${name}\``;
      if (type === 'Array(DateTime64(9))') {
        return `arrayMap(t -> toString(toUnixTimestamp64Nano(t)), \`${name}\`) AS \`${name}\``;
      }
      return `\`${name}\``;
    });
    const settings = [
      'output_format_json_map_as_array_of_tuples = 1',
      'output_format_json_quote_64bit_integers = 1',
      'output_format_json_quote_denormals = 1',
      'max_threads = 1',
      'output_format_json_named_tuples_as_objects = 0',
    ];
    const sql = `SELECT ${columns.join(', ')} FROM ${this.source(table, blocks)} SETTINGS ${settings.join(', ')}`;
    const lines = this.session.query(sql, 'JSONEachRow').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Row);
  }

  count(blocks: readonly EncodedBlock[]): number {
    const table = blocks[0]?.table;
    return table === undefined
      ? 0
      : Number(this.session.query(`SELECT count() FROM ${this.source(table, blocks)}`, 'TSV'));
  }

  private source(table: TelemetryTableName, blocks: readonly EncodedBlock[]): string {
    const file = join(this.folder, 'blocks.native');
    writeFileSync(file, Buffer.concat(blocks.map(nativeBlock)));
    const structure = telemetryTables[table].columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
    return `file('${file}', Native, '${structure}')`;
  }

  close(): void {
    this.session.cleanup();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
