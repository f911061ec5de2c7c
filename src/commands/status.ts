import { BaseCommand, exitCodes } from './shared/base-command.ts';

export default class Status extends BaseCommand {
  static override summary = 'Show endpoints, health, what was received, stored and rejected, spool, disk and memory.';
  static override description = 'Exit code 0 when ready, 1 when a part is not, 2 when obs is not running.';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { fetchStatus } = await import('../engine/daemon/fetch-status.ts');
    const report = await this.runEngine(fetchStatus(process.env));
    if (flags.json) {
      this.print(JSON.stringify(report));
    } else {
      const { describeStatus } = await import('../engine/daemon/describe-status.ts');
      this.print(describeStatus(report, Date.now()));
    }
    if (!report.ready) this.exit(exitCodes.findings);
  }
}
