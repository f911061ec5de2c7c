import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ModelsTrain extends AnalyzerCommand {
  static override summary = 'Train models of a service now, or of whatever is due.';
  static override description =
    'In a process of the lowest priority. A new model takes over only if it is better on the same held-back windows; not while an anomaly goes on.';
  static override examples = ['<%= config.bin %> models train payment', '<%= config.bin %> models train edges'];
  static override args = {
    scope: Args.string({ description: 'service, or "edges" for the calls between all; default: what is due' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsTrain);
    await this.ask({ kind: 'train', scope: args.scope ?? null }, flags.json);
  }
}
