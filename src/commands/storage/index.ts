import { formatBytes } from '../../engine/config/bytes.ts';
import { BaseCommand } from '../shared/base-command.ts';

export default class Storage extends BaseCommand {
  static override summary =
    'Show what the store takes on disk, by table and column, how it grows and when its cap is hit.';
  static override description = 'From the lists of parts: no rows are read. On a cluster: of the server that answers.';
  static override examples = ['<%= config.bin %> storage', '<%= config.bin %> storage --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Storage);
    const { resolvePaths } = await import('../../engine/config/paths.ts');
    const { loadSettings } = await import('../../engine/config/settings.ts');
    const { storageOverview } = await import('../../engine/search/storage-overview.ts');
    const { renderStorage } = await import('../../engine/search/render-storage.ts');
    const settings = await this.runEngine(loadSettings({}, process.env, resolvePaths(process.env), process.cwd()));
    const cap = settings.clickhouse === null ? settings.diskCapBytes : null;
    const today = new Date().toISOString().slice(0, 10);
    const overview = await this.runQuery(storageOverview(settings.retentionDays, cap, today));
    this.print(
      flags.json ? JSON.stringify(overview) : renderStorage(overview, formatBytes, process.stdout.columns ?? 100),
    );
  }
}
