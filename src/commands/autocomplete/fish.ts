import { BaseCommand } from '../shared/base-command.ts';
import { fishCompletion } from '../shared/fish-completion.ts';

export default class AutocompleteFish extends BaseCommand {
  static override summary = 'Print the completion script for fish.';
  static override description = 'For bash and zsh see `obs autocomplete`.';
  static override examples = [
    '<%= config.bin %> autocomplete fish | source',
    '<%= config.bin %> autocomplete fish > ~/.config/fish/completions/obs.fish',
  ];

  async run(): Promise<void> {
    await this.parse(AutocompleteFish);
    this.print(fishCompletion(this.config.bin, this.config.commands));
  }
}
