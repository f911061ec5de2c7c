/**
 * The order of system calls of a whole daemon, seen with strace: no answer begins before the bytes of its request, and
 * the name of their file, are synced.
 *
 *     npm run fault:syscalls -- --requests 1000
 *
 * Exit code 1 when an answer was early; nothing is done, with the reason, where strace is missing.
 */
import { count, endWith, readFlags } from './support/flags.ts';
import { traceDaemon, whyNoStrace } from './fault/syscalls/traced-daemon.ts';

const flags = readFlags({ requests: count(1000) });

const why = whyNoStrace();
if (why === null) {
  const verdict = await traceDaemon(flags.requests);
  if (flags.json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  else console.table(verdict);
  const isWhole = verdict.answers >= verdict.acknowledged && verdict.writes >= verdict.acknowledged;
  endWith(verdict.early === 0 && isWhole, verdict.acknowledged);
} else {
  process.stderr.write(`skipped: ${why}\n`);
  process.exitCode = 2;
}
