/**
 * Keeps the demo's shop open for a quiet time, then lets it have each fault in turn, each in a shop that was opened anew
 * and ran well for a while. Prints when what was as JSON, for `demo-faults.ts`.
 * `node bench/autoencoder/record-shop.ts --otlp-http http://127.0.0.1:4318 [--quiet-minutes 25 --settle-seconds 120 --fault-seconds 90 --rate 10 --seed 1]`
 */
import { Effect } from 'effect';
import { driveLoad } from '../../src/engine/demo/load/drive-load.ts';
import { faultNames } from '../../src/engine/demo/fault-names.ts';
import { faults } from '../../src/engine/demo/faults.ts';
import { startShop } from '../../src/engine/demo/shop.ts';
import { amount, count, readFlags, text } from '../support/flags.ts';

const flags = readFlags({
  'otlp-http': text,
  'quiet-minutes': amount(25),
  'settle-seconds': count(120),
  'fault-seconds': count(90),
  rate: count(10),
  seed: count(1),
});
const otlpHttp = flags['otlp-http'];
if (otlpHttp === undefined) {
  process.stderr.write('--otlp-http says where the telemetry goes\n');
  process.exit(2);
}

interface Stretch {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const stretch = (what: string, ms: number): Effect.Effect<Stretch> =>
  Effect.gen(function* () {
    const fromMs = Date.now();
    yield* Effect.sleep(ms);
    return { what, fromMs, toMs: Date.now() };
  });

const open = Effect.gen(function* () {
  const shop = yield* startShop({ otlpHttp, seed: flags.seed });
  yield* driveLoad({ url: shop.webUrl, seed: flags.seed, rate: flags.rate });
  return shop;
});

const quiet = Effect.scoped(Effect.andThen(open, stretch('quiet', flags['quiet-minutes'] * 60_000)));
const withFault = (fault: (typeof faultNames)[number]) =>
  Effect.scoped(
    Effect.gen(function* () {
      const shop = yield* open;
      const settled = yield* stretch('settle', flags['settle-seconds'] * 1000);
      yield* faults[fault].turnOn(shop);
      return [settled, yield* stretch(fault, flags['fault-seconds'] * 1000)];
    }),
  );

const stretches = await Effect.runPromise(
  Effect.gen(function* () {
    const first = yield* quiet;
    const others = yield* Effect.forEach(faultNames, withFault);
    return [first, ...others.flat()];
  }),
);
console.log(JSON.stringify(stretches, null, 2));
