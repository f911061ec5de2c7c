import { Flags } from '@oclif/core';
import { signals } from '../engine/domain/signals.ts';
import { BaseCommand } from './shared/base-command.ts';

export default class Import extends BaseCommand {
  static override summary = 'Send files of OTLP requests to the running backend.';
  static override description =
    'Takes OTLP/JSON (one request, or JSON lines) and OTLP protobuf, gzipped or not, and `-` for standard input.';
  static override examples = [
    '<%= config.bin %> import traces.jsonl logs.json.gz',
    'zcat requests.jsonl.gz | <%= config.bin %> import -',
    '<%= config.bin %> import --signal traces spans.pb',
  ];
  static override strict = false;
  static override usage = 'import FILE... [--signal traces|logs|metrics] [--json]';
  static override flags = {
    signal: Flags.option({ options: signals, description: 'what a protobuf file holds', helpValue: '<signal>' })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Import);
    const { importFiles } = await import('../engine/daemon/import-files.ts');
    const files = argv.map(String);
    const results = await this.runEngine(importFiles(files.length === 0 ? ['-'] : files, process.env, flags.signal));
    for (const { file, requests, bytes, rejected, messages } of results) {
      if (flags.json) this.print(JSON.stringify({ file, requests, bytes, rejected, messages }));
      else this.print(`${file}: ${requests} requests, ${bytes.toLocaleString('en')} bytes, ${rejected} items rejected`);
      if (!flags.json) for (const message of messages) this.note(`  ${message}`);
    }
  }
}
