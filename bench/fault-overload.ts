/**
 * `npm run fault:overload -- [--minutes 5] [--duty 0.1] [--spool-disk 500m] [--json]`: two senders, HTTP and gRPC, that come again at once when
 * they are refused, while the engine may run only a part of the time (it is stopped and continued), so that far more comes
 * than can be loaded, into a spool on a disk of its own (`--spool-disk`, tmpfs, where that may be mounted; `0`: the limit of
 * 2 GiB). Then it may run, and everything acknowledged is looked for in the table.
 */
import { overload } from './fault/overload.ts';
import { amount, endWith, readFlags, text } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ minutes: amount(5), duty: amount(0.1, 1), 'spool-disk': text });
const result = await overload({
  seconds: flags.minutes * 60,
  duty: flags.duty,
  spoolDisk: flags['spool-disk'] ?? '500m',
});
const { transports, checks } = result;
if (flags.json) console.log(JSON.stringify(result, null, 2));
else {
  printTable(
    ['transport', 'sent', 'acknowledged', 'refused', 'unanswered', 'lost', 'refusals'],
    transports.map((t) => [
      t.name,
      ...[t.sent, t.acknowledged, t.refused, t.unanswered, t.lost].map(String),
      JSON.stringify(t.answers),
    ]),
  );
  console.log(JSON.stringify({ ...result, transports: undefined, checks: undefined }, null, 1));
  for (const [name, holds] of Object.entries(checks)) console.log(`${holds ? 'ok    ' : 'NOT OK'} ${name}`);
}
const acknowledged = transports.reduce((total, transport) => total + transport.acknowledged, 0);
endWith(Object.values(checks).every(Boolean), acknowledged);
