import { Effect } from 'effect';
import type { ObsError } from '../../../src/engine/domain/errors.ts';
import { driveLoad } from '../../../src/engine/demo/load/drive-load.ts';
import type { FaultName } from '../../../src/engine/demo/fault-names.ts';
import { faults } from '../../../src/engine/demo/faults.ts';
import { startShop } from '../../../src/engine/demo/shop.ts';

export interface ShopRun {
  readonly fault: FaultName | 'none';
  readonly seed: number;
  /** Behind the names of this shop's services. */
  readonly suffix: string;
  /** First request, the fault (the end, where there is none), and the end of the load; Unix milliseconds. */
  readonly startMs: number;
  readonly faultMs: number;
  readonly endMs: number;
}

export interface ShopPlan {
  readonly otlpHttp: string;
  readonly rate: number;
  readonly quietMs: number;
  readonly faultMs: number;
}

/** Less often than the demo's, as several shops share a machine; real services send every 5 s, and metrics every minute. */
const exportMs = { spans: 2000, logs: 2000, metrics: 10_000 } as const;

/** A shop of its own that is open for the quiet time and the fault's, and is gone afterwards. */
export const runShop = (
  { otlpHttp, rate, quietMs, faultMs }: ShopPlan,
  fault: FaultName | 'none',
  seed: number,
  suffix: string,
): Effect.Effect<ShopRun, ObsError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const shop = yield* startShop({ otlpHttp, seed, nameSuffix: suffix, exportMs });
      const load = yield* driveLoad({ url: shop.webUrl, seed, rate });
      const startMs = Date.now();
      yield* Effect.sleep(quietMs);
      const brokeMs = Date.now();
      if (fault !== 'none') yield* faults[fault].turnOn(shop);
      yield* Effect.sleep(faultMs);
      const endMs = Date.now();
      yield* load.finish;
      return { fault, seed, suffix, startMs, faultMs: fault === 'none' ? endMs : brokeMs, endMs };
    }),
  );
