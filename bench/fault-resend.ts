/**
 * Senders that repeat requests, byte for byte, whose answers got lost or for which they did not wait; and what it costs
 * to know a request again.
 *
 *     npm run fault:resend -- --requests 20000
 *     npm run fault:resend -- --requests 2000 --repeats keep      must double rows: the comparison can fail
 *
 * Exit code 1 when a row is lost or doubled.
 */
import { RepeatedRequests } from '../src/engine/receive/repeated-requests.ts';
import { tracesRequest } from '../test/support/otlp-payloads.ts';
import { isClean } from './fault/kill-loop.ts';
import { resend } from './fault/resend/resend-run.ts';
import { count, endWith, oneOf, readFlags } from './support/flags.ts';

const flags = readFlags({ requests: count(20_000), seed: count(1, 0), repeats: oneOf('drop', 'keep') });

/** µs of CPU to make the key of a request of 500 spans (277 KB). */
function microsecondsAKey(): number {
  const known = new RepeatedRequests(1, 1);
  const body = tracesRequest();
  const times = 4000;
  for (let warm = 0; warm < 500; warm++) known.keyOf('traces', body);
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) known.keyOf('traces', body);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const key = microsecondsAKey();
const verdict = await resend({
  requests: flags.requests,
  seed: flags.seed,
  repeats: flags.repeats,
});
const result = {
  ...verdict,
  'µs CPU a key of 500 spans': Math.round(key * 10) / 10,
  'share of 500 spans at 150,000 a CPU-second': `${Math.round((key / (500 / 0.15)) * 10_000) / 100} %`,
};
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
endWith(isClean(verdict), verdict.acknowledged);
