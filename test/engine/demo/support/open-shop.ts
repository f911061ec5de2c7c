import { randomBytes } from 'node:crypto';
import { Effect, Exit, Scope } from 'effect';
import { type Instances, type Shop, startShop } from '../../../../src/engine/demo/shop.ts';
import { type Capture, type SeenSpan, startCapture } from './capture.ts';
import { until } from './processes.ts';

const customerSpan = 'c0ffeec0ffeec0ff';
/** Those who answer and send no spans. */
const thirdParties = ['bank', 'carriers'];

/** A real shop whose telemetry is kept in memory, and customers who know which traces they began. */
export interface OpenShop {
  readonly shop: Shop;
  readonly capture: Capture;
  readonly inShop: <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Promise<A>;
  readonly turn: (...change: Parameters<Shop['turn']>) => Promise<void>;
  /** @returns the status */
  readonly visit: (method: string, path: string, body?: object) => Promise<number>;
  readonly order: (customer?: number) => Promise<number>;
  /** All spans of the traces that `doing` began: each has its root, and each call between services both of its ends. */
  readonly spansOf: (doing: () => Promise<unknown>) => Promise<readonly SeenSpan[]>;
  readonly close: () => Promise<void>;
}

const attempts = 3;
const attemptMs = 25_000;

export async function openShop(instances: Instances = {}): Promise<OpenShop> {
  const capture = await startCapture();
  const scope = await Effect.runPromise(Scope.make());
  const inShop: OpenShop['inShop'] = (effect) => Effect.runPromise(Scope.provide(effect, scope));
  const shop = await inShop(startShop({ otlpHttp: capture.otlpHttp, seed: 1, instances }));
  let begun: string[] = [];
  let orders = 0;

  const visit: OpenShop['visit'] = async (method, path, body) => {
    const traceId = randomBytes(16).toString('hex');
    begun.push(traceId);
    const response = await fetch(shop.webUrl + path, {
      method,
      headers: { connection: 'close', traceparent: `00-${traceId}-${customerSpan}-01` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response.status;
  };

  return {
    shop,
    capture,
    inShop,
    turn: (...change) => inShop(shop.turn(...change)),
    visit,
    order: (customer = 20) =>
      visit('POST', '/checkout', { order: `test-order-${++orders}`, customer: `customer-${customer}` }),
    // On a machine that stalls an exporter may give a batch up: then it is done once more.
    spansOf: async (doing) => {
      const whole = () => {
        const spans = capture.spans().filter(({ traceId }) => begun.includes(traceId));
        const ids = new Set(spans.map(({ spanId }) => spanId));
        const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
        const roots = spans.filter(({ parentSpanId }) => parentSpanId === customerSpan);
        const isWhole = spans.every(({ spanId, parentSpanId, attributes }) => {
          const peer = attributes['service.peer.name'];
          const isAnswered = peer === undefined || thirdParties.includes(peer) || parents.has(spanId);
          return isAnswered && (parentSpanId === customerSpan || ids.has(parentSpanId));
        });
        return roots.length === begun.length && isWhole ? spans : undefined;
      };
      for (let attempt = 1; ; attempt++) {
        begun = [];
        await doing();
        const found = await until(whole, attemptMs).catch((error: unknown) => {
          if (attempt === attempts) throw error;
        });
        if (found !== undefined) return found;
      }
    },
    close: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void));
      await capture.stop();
    },
  };
}

/** The longest of a service's spans of this name. */
export const durationOf = (spans: readonly SeenSpan[], service: string, name: string): number =>
  Math.max(...spans.filter((span) => span.service === service && span.name === name).map((span) => span.durationMs));
