import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ModelsPin extends AnalyzerCommand {
  static override summary = 'Have a model vote until it is unpinned, whatever is trained meanwhile.';
  static override examples = ['<%= config.bin %> models pin 3fa9'];
  static override args = { model: Args.string({ description: 'id, or the beginning of it', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsPin);
    await this.ask({ kind: 'pin', model: args.model }, flags.json);
  }
}
