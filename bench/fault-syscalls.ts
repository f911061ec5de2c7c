/**
 * The order of system calls of a whole daemon, seen with strace: no answer begins before the bytes of its request, and
 * the name of their file, are synced.
 *
 *     npm run fault:syscalls -- --requests 1000
 *
 * Exit code 1 when an answer was early; nothing is done, with the reason, where strace is missing.
 */
import { parseArgs } from 'node:util';
import { traceDaemon, whyNoStrace } from './fault/syscalls/traced-daemon.ts';

const { values: flags } = parseArgs({
  options: { requests: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false } },
});

const why = whyNoStrace();
if (why === null) {
  const verdict = await traceDaemon(Number(flags.requests));
  if (flags.json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  else console.table(verdict);
  const isWhole = verdict.answers >= verdict.acknowledged && verdict.writes >= verdict.acknowledged;
  process.exitCode = verdict.early === 0 && isWhole ? 0 : 1;
} else {
  process.stderr.write(`skipped: ${why}\n`);
}
