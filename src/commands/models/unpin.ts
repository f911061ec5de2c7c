import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ModelsUnpin extends AnalyzerCommand {
  static override summary = 'Let better models take over from a pinned one again.';
  static override examples = ['<%= config.bin %> models unpin payment'];
  static override args = { scope: Args.string({ description: 'service, or "edges"', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsUnpin);
    await this.ask({ kind: 'unpin', scope: args.scope }, flags.json);
  }
}
