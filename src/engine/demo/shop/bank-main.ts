import { setTimeout as wait } from 'node:timers/promises';
import { runService } from './run-service.ts';

/**
 * The payment provider: a third party, so nothing of it is in our traces but the time until it answers.
 * Switches: `extra-latency` in ms, `failing` as the share of charges that it refuses with 503.
 */
await runService(
  'bank',
  ({ random }) => {
    let extraMs = 0;
    let failing = 0;
    return {
      switches: {
        'extra-latency': (ms) => {
          extraMs = ms;
        },
        failing: (share) => {
          failing = share;
        },
      },
      routes: [
        {
          method: 'POST',
          path: '/charges',
          handle: async () => {
            const fails = random() < failing;
            await wait(170 + 80 * random() + extraMs * (0.8 + 0.4 * random()));
            return fails
              ? { status: 503, body: { error: 'ledger is being reconciled, try again' } }
              : { status: 200, body: { receipt: `R-${Math.floor(random() * 1e9)}` } };
          },
        },
      ],
    };
  },
  { instrumented: false },
);
