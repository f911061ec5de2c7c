import { Args } from '@oclif/core';
import { BaseCommand } from '../shared/base-command.ts';

export default class ModelsShow extends BaseCommand {
  static override summary =
    'Show what a model learned from, what was left out and why, how it was tried, and its losses.';
  static override examples = ['<%= config.bin %> models show 3fa9', '<%= config.bin %> models show 3fa9 --json'];
  static override args = { model: Args.string({ description: 'id, or the beginning of it', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelsShow);
    const { showModel } = await import('../../engine/analyze/models/registry.ts');
    const { shownJson } = await import('../../engine/analyze/models/models-json.ts');
    const { renderModel } = await import('../../engine/analyze/models/render-models.ts');
    const shown = await this.runQuery(showModel(args.model));
    this.print(flags.json ? JSON.stringify(shownJson(shown)) : renderModel(shown, process.stdout.columns ?? 100));
  }
}
