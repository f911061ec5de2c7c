/**
 * What goes in through OTLP comes out of `obs export` equal, field by field: generated requests that use every field, by
 * HTTP protobuf, HTTP JSON and gRPC in turn, and recorded ones from a folder.
 *
 *     npm run fault:roundtrip -- --requests 10000 --seed 1 --data FOLDER
 *
 * What does not count as a difference stands in test/support/otlp-items.ts. Exit code 1 when an item is lost or changed.
 */
import { existsSync } from 'node:fs';
import { generated, recorded, roundTrip } from './fault/roundtrip/round-trip.ts';
import { count, endWith, readFlags, text } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ requests: count(10_000), seed: count(1, 0), data: text });
const results = await roundTrip(`generated, seed ${flags.seed}`, generated(flags.requests, flags.seed));
const { data } = flags;
const skipped = data === undefined ? 'no --data' : existsSync(data) ? null : `there is no folder ${data}`;
if (data !== undefined && skipped === null) results.push(...(await roundTrip('recorded', recorded(data))));

const clean = results.every(({ items, equal, foreign }) => items === equal && foreign === 0);
if (flags.json) console.log(JSON.stringify({ results, skipped, clean }));
else {
  printTable(
    Object.keys(results[0] ?? {}),
    results.map((result) => Object.values(result).map(String)),
  );
  if (skipped !== null) console.log(`recorded requests: skipped, ${skipped}`);
}
endWith(
  clean,
  results.reduce((sum, { items }) => sum + items, 0),
);
