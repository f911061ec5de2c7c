import { setTimeout as wait } from 'node:timers/promises';
import { carriers } from './catalogue.ts';
import { runService } from './run-service.ts';

/** Companies that deliver, behind one address: a third party, as the bank is. Each takes 110 to 150 ms for an offer. */
await runService(
  'carriers',
  ({ random }) => ({
    routes: carriers.map((carrier) => ({
      method: 'POST',
      path: `/offers/${carrier}`,
      handle: async () => {
        await wait(110 + 40 * random());
        return { status: 200, body: { carrier, cents: 390 + Math.floor(300 * random()) } };
      },
    })),
  }),
  { instrumented: false },
);
