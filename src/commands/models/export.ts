import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../shared/base-command.ts';

export default class ModelsExport extends BaseCommand {
  static override summary = 'Write a model into a file that obs and any ONNX tool opens.';
  static override examples = [
    '<%= config.bin %> models export 3fa9',
    '<%= config.bin %> models export 3fa9 --output payment.onnx',
  ];
  static override args = { model: Args.string({ description: 'id, or the beginning of it', required: true }) };
  static override flags = {
    output: Flags.string({
      description: 'the file; default: <scope>-<family>-<id>.onnx',
      char: 'o',
      helpValue: '<file>',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsExport);
    const { exportModel } = await import('../../engine/analyze/models/registry.ts');
    const { writeModelFile } = await import('../../engine/analyze/models/write-model-file.ts');
    const { Effect } = await import('effect');
    const written = await this.runQuery(
      Effect.flatMap(exportModel(args.model), (exported) => writeModelFile(exported, flags.output ?? null)),
    );
    this.print(flags.json ? JSON.stringify(written) : written.path);
  }
}
