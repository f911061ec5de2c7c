/**
 * Values, messages and brackets nested 10,000 deep, as protobuf and JSON, over HTTP and gRPC, against one daemon.
 *
 *     npm run fault:nesting -- --depth 10000
 *
 * Each must be refused (400, INVALID_ARGUMENT) or taken with the row marked (`CutValues`), within a second; the daemon is
 * the same process afterwards and takes good requests. Exit code 1 otherwise.
 */
import { sendNested } from './fault/nesting.ts';
import { count, endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ depth: count(10_000) });
const { results, marked, shouldBeMarked, alive, clean } = await sendNested(flags.depth, 1000);
if (flags.json) console.log(JSON.stringify({ depth: flags.depth, results, marked, shouldBeMarked, alive, clean }));
else {
  printTable(
    Object.keys(results[0] ?? {}),
    results.map((result) => Object.values(result).map(String)),
  );
  console.log(`\n${marked} of ${shouldBeMarked} rows marked; the daemon ${alive ? 'goes on' : 'is gone'}`);
}
endWith(clean, results.length);
