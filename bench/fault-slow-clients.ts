/**
 * Good senders beside a crowd of slow ones: 1,000 clients that send their headers or bodies a byte a second, over HTTP
 * and gRPC. Phases without and with the crowd take turns in one run, at the same steady rate of good requests.
 *
 *     npm run fault:slow-clients -- --clients 1000 --rounds 4 --seconds 10
 *
 * Exit code 1 when the p99 of the good ones with the crowd is more than twice the p99 without, or one is not taken.
 */
import { slowClients } from './fault/slow-clients.ts';
import { amount, count, endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ clients: count(1000), rounds: count(4), seconds: amount(10), rate: amount(50) });
const { json, ...options } = flags;
const { rows, answered, ratio, connected, cutOff } = await slowClients({ ...options, arrivalMs: 8000 });
const clean = ratio <= 2;
if (json) console.log(JSON.stringify({ clients: flags.clients, rows, connected, cutOff, clean }));
else {
  printTable(
    Object.keys(rows[0] ?? {}),
    rows.map((row) => Object.values(row).map(String)),
  );
  console.log(`\n${connected} slow connections, of which ${cutOff} were cut off; times in ms`);
}
endWith(clean, Math.min(answered, connected));
