import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { BadInput } from '../engine/domain/errors.ts';
import { BaseCommand } from './shared/base-command.ts';

export default class Query extends BaseCommand {
  static override summary = 'Run one read-only SQL statement on the telemetry.';
  static override examples = [
    '<%= config.bin %> query "SELECT ServiceName, count() FROM otel_traces GROUP BY ServiceName"',
    '<%= config.bin %> query "SELECT * FROM otel_logs WHERE ServiceName = {s:String} LIMIT 5" --param s=cart --format json',
    'echo "SHOW TABLES" | <%= config.bin %> query',
    '<%= config.bin %> query -- "$(cat begins-with-a-comment.sql)"',
    '<%= config.bin %> query -f slow.sql --format parquet > slow.parquet',
  ];
  static override args = {
    sql: Args.string({
      description: 'the statement, after `--` when it begins with a dash; standard input when left out',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'read the statement from this file',
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
    const sql = await this.statement(args.sql, flags.file);
    const format = flags.json ? 'json' : (flags.format ?? (process.stdout.isTTY ? 'table' : 'tsv'));
    const parameters = await this.runEngine(parseParameters(flags.param ?? []));
    await this.runQuery(runStatement({ sql, format, parameters, width: process.stdout.columns ?? 80 }, process.stdout));
  }

  private async statement(sql: string | undefined, path: string | undefined): Promise<string> {
    if (path === undefined) return sql ?? (await text(process.stdin));
    if (sql !== undefined) {
      const why = 'there is one on the command line too';
      return this.fail(
        new BadInput({ what: `Cannot take the statement from ${path}`, why, hint: 'Give one of the two' }),
      );
    }
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.fail(new BadInput({ what: `Cannot read ${path}`, why, hint: 'obs query -f statement.sql' }));
    }
  }
}
