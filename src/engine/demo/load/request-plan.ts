import { catalogue, customerName, skuName } from '../shop/catalogue.ts';
import { below, type Random, seededRandom } from './random.ts';

/** One request that a customer makes. */
export interface PlannedRequest {
  /** Milliseconds after the start of the load. */
  readonly atMs: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, string>>;
}

/**
 * What customers do and when, without end: the same seed and rate give the same sequence. Arrivals are a Poisson
 * process (an open load: customers do not wait for each other), as real traffic from many people is.
 * @param rate requests per second, on average
 */
export function* planRequests(seed: number, rate: number): Generator<PlannedRequest, never> {
  const random = seededRandom(`${seed} load`);
  let atMs = 0;
  for (let number = 1; ; number++) {
    atMs += (-Math.log(1 - random()) / rate) * 1000;
    yield { atMs, ...nextAction(random, number, seed) };
  }
}

function nextAction(random: Random, number: number, seed: number): Omit<PlannedRequest, 'atMs'> {
  const customer = customerName(below(random, catalogue.customers));
  const kind = random();
  if (kind < 0.25) return { method: 'GET', path: '/' };
  if (kind < 0.45) return { method: 'GET', path: `/cart/${customer}` };
  if (kind < 0.6) {
    const sku = skuName(below(random, catalogue.products));
    return { method: 'POST', path: `/cart/${customer}/items`, body: { sku } };
  }
  if (kind < 0.9) return { method: 'POST', path: '/checkout', body: { order: `order-${seed}-${number}`, customer } };
  return { method: 'GET', path: `/orders/${customer}` };
}
