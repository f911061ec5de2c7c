import { Effect } from 'effect';
import { BaseCommand, exitCodes } from '../shared/base-command.ts';

export default class ArchiveStatus extends BaseCommand {
  static override summary = 'Show the raw archive: queue, lag, last upload, what was left out, objects by signal.';
  static override description =
    'Exit code 1 when requests were left out since the start, the last upload failed, or the bucket cannot be reached.';
  static override examples = ['<%= config.bin %> archive status', '<%= config.bin %> archive status --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ArchiveStatus);
    const { configuredArchive } = await import('../../engine/daemon/archive-access.ts');
    const { archiveOverview, describeArchive } = await import('../../engine/daemon/archive-overview.ts');
    const now = Date.now();
    const overview = await this.runEngine(
      Effect.flatMap(configuredArchive(process.env), (settings) => archiveOverview(settings, process.env, now)),
    );
    this.print(flags.json ? JSON.stringify(overview) : describeArchive(overview, now));
    const { daemon, unreachable } = overview;
    const isBehind = daemon !== null && (daemon.dropped.requests > 0 || daemon.lastError !== null);
    if (isBehind || unreachable !== null) this.exit(exitCodes.findings);
  }
}
