import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ModelsImport extends AnalyzerCommand {
  static override summary = 'Take in a model that `obs models export` wrote.';
  static override description =
    'It votes where no other model of its service and family does, and it has proven itself where it was trained; else after `obs models pin`.';
  static override examples = ['<%= config.bin %> models import payment.onnx'];
  static override args = { file: Args.string({ description: 'an ONNX file of obs', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsImport);
    await this.ask({ kind: 'import', file: resolve(args.file) }, flags.json);
  }
}
