/**
 * `npm run fault:runaway -- [--limit 2] [--json]`: runs statements that ask for more than they may have, each with a time
 * limit, one after the other, and all of them at once; small statements are asked all the while. Prints when each was
 * answered and when it had left the engine, and how long the small ones took.
 */
import { runAway } from './fault/runaway.ts';
import { shapes } from './fault/runaway-shapes.ts';
import { amount, endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ limit: amount(2) });
const outcomes = await runAway({ limitSeconds: flags.limit, graceMs: 1000, shapes, besides: true });

if (flags.json) console.log(JSON.stringify({ limitSeconds: flags.limit, outcomes }, null, 2));
else {
  printTable(
    ['statement', 'answer', 'answered ms', 'gone ms', 'others p50', 'p95 ms', 'asked', 'failed', 'restarts', 'verdict'],
    outcomes.map((o) => [
      o.shape,
      o.answer,
      String(o.answeredMs),
      String(o.goneMs),
      o.others.p50Ms.toFixed(1),
      o.others.p95Ms.toFixed(1),
      String(o.others.count),
      String(o.others.failed),
      String(o.engineRestarts),
      o.verdict,
    ]),
  );
}
endWith(
  outcomes.every(({ verdict }) => verdict === 'ok'),
  outcomes.length,
);
