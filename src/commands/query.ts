import { readFileSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from './shared/base-command.ts';

export default class Query extends BaseCommand {
  static override summary = 'Run one read-only SQL statement on the telemetry.';
  static override examples = [
    '<%= config.bin %> query "SELECT ServiceName, count() FROM otel_traces GROUP BY ServiceName"',
    '<%= config.bin %> query "SELECT * FROM otel_logs WHERE ServiceName = {s:String} LIMIT 5" --param s=cart --format json',
    'echo "SHOW TABLES" | <%= config.bin %> query',
    '<%= config.bin %> query -f slow.sql --format parquet > slow.parquet',
  ];
  static override args = { sql: Args.string({ description: 'the statement; standard input when left out' }) };
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'read the statement from this file',
      exclusive: ['sql'],
      helpValue: '<path>',
    }),
    format: Flags.string({
      description:
        'table, json, ndjson, csv, tsv, parquet, or any ClickHouse format; table on a terminal, tsv in a pipe',
      helpValue: '<name>',
    }),
    param: Flags.string({
      description: 'value for {name:Type} in the statement',
      multiple: true,
      helpValue: '<name=value>',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Query);
    const { parseParameters, runStatement } = await import('../engine/search/statement.ts');
    const sql = flags.file === undefined ? (args.sql ?? readFileSync(0, 'utf8')) : readFileSync(flags.file, 'utf8');
    const format = flags.json ? 'json' : (flags.format ?? (process.stdout.isTTY ? 'table' : 'tsv'));
    const parameters = await this.runEngine(parseParameters(flags.param ?? []));
    await this.runQuery(runStatement({ sql, format, parameters, width: process.stdout.columns ?? 80 }, process.stdout));
  }
}
