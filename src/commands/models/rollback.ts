import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ModelsRollback extends AnalyzerCommand {
  static override summary = 'Take the newest model of a service away, and have the one before it vote again.';
  static override examples = ['<%= config.bin %> models rollback payment'];
  static override args = { scope: Args.string({ description: 'service, or "edges"', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsRollback);
    await this.ask({ kind: 'rollback', scope: args.scope }, flags.json);
  }
}
