import { Flags } from '@oclif/core';
import { BaseCommand } from '../shared/base-command.ts';

export default class Models extends BaseCommand {
  static override summary = 'List the models that learned what is usual, and whether they vote.';
  static override examples = ['<%= config.bin %> models', '<%= config.bin %> models --scope payment --all --json'];
  static override flags = {
    scope: Flags.string({ description: 'of this service, or of "edges"', helpValue: '<name>' }),
    all: Flags.boolean({ description: 'former and rejected ones too' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Models);
    const { listModels } = await import('../../engine/analyze/models/registry.ts');
    const { modelJson } = await import('../../engine/analyze/models/models-json.ts');
    const { renderModels } = await import('../../engine/analyze/models/render-models.ts');
    const models = await this.runQuery(listModels(flags.scope ?? null, flags.all));
    if (flags.json) for (const model of models) this.print(JSON.stringify(modelJson(model)));
    else this.print(renderModels(models, process.stdout.columns ?? 100));
  }
}
