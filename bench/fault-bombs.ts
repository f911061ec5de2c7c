/**
 * Decompression bombs, a gibibyte of zeros each, over HTTP and gRPC, against a daemon of their own: how long until they
 * are refused, and how much more memory the daemon ever held meanwhile (VmHWM of proc(5), which misses nothing).
 *
 *     npm run fault:bombs
 *
 * Exit code 1 when one bomb takes 1 s or more, makes the daemon more than 64 MiB larger, or is taken.
 */
import { encodings, sendBombs } from './fault/bombs.ts';
import { transports } from './fault/wire/good-senders.ts';
import { endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({});
const gibibyte = 1024 ** 3;
const mostMs = 1000;
const results = [];
for (const transport of transports) {
  for (const encoding of encodings) results.push(await sendBombs(transport, encoding, gibibyte, 1, mostMs));
  results.push(await sendBombs(transport, 'gzip', gibibyte, 16, mostMs));
}
const clean = results.every(({ ok }) => ok);
if (flags.json) console.log(JSON.stringify({ results, clean }));
else
  printTable(
    Object.keys(results[0] ?? {}),
    results.map((result) => Object.values(result).map(String)),
  );
endWith(clean, results.length);
