import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Things in a table's folder that the spool did not make, many under a segment's name. None of them holds rows. */
export const strangers: Readonly<Record<string, (folder: string, id: string) => void>> = {
  'a folder named like a segment': (folder, id) => mkdirSync(join(folder, `${id}.native`)),
  'a full folder named like an open segment': (folder, id) => {
    mkdirSync(join(folder, `${id}.open`));
    writeFileSync(join(folder, `${id}.open`, 'file'), 'inside');
  },
  'a pipe named like a segment': (folder, id) => execFileSync('mkfifo', [join(folder, `${id}.native`)]),
  'a pipe named like an open segment': (folder, id) => execFileSync('mkfifo', [join(folder, `${id}.open`)]),
  'a link to nowhere': (folder, id) => symlinkSync(join(folder, 'nowhere'), join(folder, `${id}.native`)),
  'a link to itself': (folder, id) => symlinkSync(join(folder, `${id}.native`), join(folder, `${id}.native`)),
  'a link to a device': (folder, id) => symlinkSync('/dev/zero', join(folder, `${id}.open`)),
  'a file without permissions': (folder, id) => {
    writeFileSync(join(folder, `${id}.native`), 'not for you');
    chmodSync(join(folder, `${id}.native`), 0);
  },
  'an editor’s copy': (folder, id) => writeFileSync(join(folder, `${id}.native~`), 'copy'),
  'a file with a strange name': (folder, id) => writeFileSync(join(folder, `${id} \u{1f980} *.native`), 'crab'),
  'a name of 255 bytes': (folder, id) => writeFileSync(join(folder, `${id}${'x'.repeat(255 - id.length)}`), 'long'),
  'half a rescue': (folder, id) => writeFileSync(join(folder, `${id}.open.rescue`), 'half'),
};
