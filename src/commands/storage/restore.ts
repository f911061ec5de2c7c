import { Args } from '@oclif/core';
import { BaseCommand } from '../shared/base-command.ts';

export default class StorageRestore extends BaseCommand {
  static override summary = 'Put a backup into an empty store.';
  static override description =
    'obs must be down, and the data folder without a store. Every file is held against its checksum; the store is there when all of it is.';
  static override examples = ['<%= config.bin %> storage restore ~/.local/share/obs/backups/2026-01-31T12-00-00'];
  static override args = {
    backup: Args.string({ description: 'folder that `obs storage backup` printed', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StorageRestore);
    process.umask(0o077);
    const { restoreStore } = await import('../../engine/daemon/restore-store.ts');
    const restored = await this.runEngine(restoreStore(args.backup, process.env));
    if (flags.json) this.print(JSON.stringify(restored));
    else this.print(`${restored.rows} rows in ${restored.tables} tables are back; start with: obs up`);
  }
}
