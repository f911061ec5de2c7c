/**
 * Knocks at every listener with what must be refused: foreign Host and Origin, wrong tokens, old TLS, the clear, foreign
 * client certificates; changes and breaks certificates and tokens under senders that go on; asks for listeners beyond
 * loopback without what they need. Everything goes to a daemon of its own on this machine.
 *
 *     npm run fault:access -- --rotations 20
 *
 * Exit code 1 when anything came out otherwise than it must.
 */
import { listenCombinations } from './fault/access/combinations.ts';
import {
  checkClientCertificates,
  type Checked,
  checkHosts,
  checkOwnCommands,
  checkOrigins,
  checkPlain,
  checkTls,
  checkTokens,
} from './fault/access/checks.ts';
import { breakFiles, changeToken, rotate } from './fault/access/reload.ts';
import { startSecuredDaemon } from './fault/access/secured-daemon.ts';
import { comparisonTimes } from './fault/access/token-timing.ts';
import { printTable } from './support/report.ts';
import { issue, makeAuthority } from '../test/support/certificates.ts';
import { count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({ rotations: count(20), comparisons: count(200_000) });

const startedAt = performance.now();
const checks: Checked[] = [await listenCombinations()];
const more: Record<string, number> = {};
{
  await using daemon = await startSecuredDaemon();
  for (const check of [checkHosts, checkOrigins, checkTokens, checkOwnCommands, checkTls, checkPlain])
    checks.push(await check(daemon));
  const rotated = await rotate(daemon, flags.rotations);
  checks.push(rotated, await breakFiles(daemon), await changeToken(daemon));
  more['requests during the changes'] = rotated.requests;
  more['slowest change in force after (ms)'] = Math.round(rotated.slowestMs);
}
{
  await using daemon = await startSecuredDaemon({ clientCertificates: true });
  const stranger = await makeAuthority('authority of the test');
  checks.push(
    await checkClientCertificates(daemon, {
      'of another authority with the same name': await issue(stranger, 'a sender'),
      ended: await issue(daemon.authority, 'a sender', { hours: -1 }),
      'the other authority itself': stranger,
    }),
  );
}
const times = comparisonTimes(flags.comparisons);
Object.assign(more, times);

const tried = checks.reduce((total, check) => total + check.tried, 0);
const wrong = checks.flatMap((check) => check.wrong);
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
if (flags.json) {
  const rows = checks.map(({ what, tried: count, wrong: bad }) => ({ what, tried: count, wrong: bad }));
  process.stdout.write(`${JSON.stringify({ tried, wrong: wrong.length, seconds, ...more, checks: rows })}\n`);
} else {
  printTable(
    ['check', 'tried', 'wrong'],
    [
      ...checks.map((check) => [check.what, String(check.tried), String(check.wrong.length)]),
      ['all', String(tried), String(wrong.length)],
    ],
  );
  for (const [name, value] of Object.entries({ ...more, seconds })) console.log(`${name}: ${value}`);
}
for (const text of wrong) process.stderr.write(`${text}\n`);
endWith(wrong.length === 0, tried);
