import { below } from '../load/random.ts';
import { catalogue } from './catalogue.ts';
import type { Answer, Call } from './http-server.ts';
import type { PeerCall } from './http-client.ts';
import { runService } from './run-service.ts';
import type { ServiceName } from './service-protocol.ts';

/** The shop's front door: every request of the load comes in here. */
await runService('web', ({ peers, random }) => {
  const pass =
    (peer: ServiceName, toCall: (call: Call) => PeerCall) =>
    async (call: Call): Promise<Answer> => ({ status: 200, body: await peers.call(peer, toCall(call)) });

  /** Where a visitor is, and so which warehouse's shelf the front page shows: as often in the north as everywhere else. */
  const nearest = (): string => {
    const [north = '', ...others] = catalogue.warehouses;
    return random() < 0.5 ? north : (others[below(random, others.length)] ?? '');
  };

  return {
    routes: [
      {
        method: 'GET',
        path: '/',
        handle: pass('inventory', () => ({ method: 'GET', path: `/products?warehouse=${nearest()}` })),
      },
      {
        method: 'GET',
        path: '/cart/{customer}',
        handle: pass('cart', ({ parameters }) => ({ method: 'GET', path: `/carts/${parameters['customer']}` })),
      },
      {
        method: 'POST',
        path: '/cart/{customer}/items',
        handle: pass('cart', ({ parameters, body }) => ({
          method: 'POST',
          path: `/carts/${parameters['customer']}/items`,
          body,
        })),
      },
      {
        method: 'POST',
        path: '/checkout',
        handle: pass('checkout', ({ body }) => ({ method: 'POST', path: '/checkout', body })),
      },
      {
        method: 'GET',
        path: '/orders/{customer}',
        handle: pass('checkout', ({ parameters }) => ({ method: 'GET', path: `/orders/${parameters['customer']}` })),
      },
    ],
  };
});
