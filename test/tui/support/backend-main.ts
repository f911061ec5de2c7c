/**
 * A backend with a shop's telemetry as a process of its own: prints its endpoint, then goes on with traffic at
 * `rate` requests a second until its stdin closes. Arguments: rate, seed.
 */
import { openBackend } from './backend.ts';
import { seeded, shopRequest, type Batch } from './shop-traffic.ts';

const rate = Number(process.argv[2] ?? '0');
const random = seeded(Number(process.argv[3] ?? '1'));
const backend = await openBackend();

const now = Date.now();
const past: Batch[] = [];
for (let atMs = now - 70 * 60_000; atMs < now; atMs += 600 + random() * 600) {
  const isBroken = now - atMs < 5 * 60_000;
  past.push(shopRequest(atMs, random, { isBroken, ...(isBroken ? { paymentVersion: '1.9.0' } : {}) }));
}
for (let i = 0; i < past.length; i += 500) await backend.insert(past.slice(i, i + 500));
process.stdout.write(`${JSON.stringify({ endpoint: backend.url })}\n`);

const traffic = setInterval(() => {
  const batch = Array.from({ length: Math.round(rate / 2) }, () =>
    shopRequest(Date.now() - random() * 500, random, { isBroken: true, paymentVersion: '1.9.0' }),
  );
  void backend.insert(batch);
}, 500);
process.stdin.resume();
process.stdin.once('close', () => {
  clearInterval(traffic);
  void backend.close().then(() => process.exit(0));
});
