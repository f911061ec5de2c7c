import { setTimeout as wait } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { PeerFailed } from './http-client.ts';
import { runService } from './run-service.ts';
import { log } from './telemetry/log.ts';

interface Payment {
  readonly order: string;
  readonly cents: number;
}

/**
 * Charges customers through the bank.
 * Switches: `attempts`, how often a failed charge is tried; beyond 2 it tries again at once, as a naive client does;
 * `timeout` in ms, how long the bank has for an answer.
 */
await runService('payment', ({ peers }) => {
  let attempts = 2;
  let timeoutMs = 5_000;
  const charged = metrics.getMeter('shop.payment').createCounter('shop.payments', { unit: '{payment}' });

  async function charge({ order, cents }: Payment): Promise<{ receipt: string }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await peers.call('bank', { method: 'POST', path: '/charges', body: { order, cents }, timeoutMs });
      } catch (error) {
        if (!(error instanceof PeerFailed) || attempt >= attempts) throw error;
        log.warn('the bank did not take the charge, trying again', { order, attempt, why: error.message });
        if (attempts <= 2) await wait(100);
      }
    }
  }

  return {
    switches: {
      attempts: (count) => {
        attempts = count;
      },
      timeout: (ms) => {
        timeoutMs = ms;
      },
    },
    routes: [
      {
        method: 'POST',
        path: '/payments',
        handle: async ({ body }) => {
          const payment = body as Payment;
          try {
            const { receipt } = await charge(payment);
            charged.add(1, { outcome: 'charged' });
            return { status: 201, body: { receipt } };
          } catch (error) {
            charged.add(1, { outcome: 'failed' });
            throw error;
          }
        },
      },
    ],
  };
});
