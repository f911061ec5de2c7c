import { Flags } from '@oclif/core';
import { formatBytes } from '../../engine/config/bytes.ts';
import { BaseCommand } from '../shared/base-command.ts';

export default class StorageBackup extends BaseCommand {
  static override summary = 'Copy the embedded store into a folder, while it runs.';
  static override description =
    'Receivers and readers go on; inserts wait until it is done. What waits in the spool is not in the copy.';
  static override examples = [
    '<%= config.bin %> storage backup',
    '<%= config.bin %> storage backup --name before-upgrade',
  ];
  static override flags = {
    name: Flags.string({
      description: 'folder under backups/ in the data folder; default: the time',
      helpValue: '<name>',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StorageBackup);
    const { askStorage } = await import('../../engine/daemon/ask-storage.ts');
    const name = flags.name ?? new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    const result = await this.runEngine(askStorage({ kind: 'backup', name }, process.env));
    if (result.kind !== 'backup') return;
    const { path, bytes, files, elapsedMs } = result.backup;
    if (flags.json) this.print(JSON.stringify(result.backup));
    else this.print(`${path}\n${formatBytes(bytes)} in ${files} files, ${(elapsedMs / 1000).toFixed(1)} s`);
    this.note(`Into an empty data folder with: obs storage restore ${path}`);
  }
}
