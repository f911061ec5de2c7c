import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { carriers, catalogue, createDatabase, customerName } from './catalogue.ts';
import type { Connection } from './database/connection.ts';
import { ConnectionPool } from './database/connection-pool.ts';
import { Recurring } from './recurring.ts';
import { runService } from './run-service.ts';
import { SalesReport } from './sales-report.ts';
import { log } from './telemetry/log.ts';

interface Cart {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly cents: number;
}

const poolSize = 3;

interface Offer {
  readonly carrier: string;
  readonly cents: number;
}

/** Between two pieces of the report. */
const reportRestMs = 12;

/**
 * Turns a cart into an order. Where the shop has carriers it asks all of them for an offer while the customer pays.
 * Switches: `hold-connection` leaves a pool of that many connections, and keeps one through the whole payment;
 * `offers-in-turn` asks one carrier after the other, and lets the customer pay then; `report` works on statistics in
 * the thread that answers requests.
 */
await runService('checkout', ({ folder, peers, random }) => {
  const file = join(folder, 'orders.db');
  createDatabase(file, (database) => {
    database.exec(`CREATE TABLE customers (name TEXT PRIMARY KEY, address TEXT NOT NULL);
      CREATE TABLE orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, receipt TEXT NOT NULL);
      CREATE INDEX orders_by_customer ON orders (customer);`);
    const insert = database.prepare('INSERT INTO customers VALUES (?, ?)');
    for (let i = 0; i < catalogue.customers; i++) insert.run(customerName(i), `${i + 1} Harbour Road`);
  });
  const pool = new ConnectionPool({ file, name: 'orders', size: poolSize, acquireMs: 4_000 });
  const meter = metrics.getMeter('shop.checkout');
  const orders = meter.createCounter('shop.orders', { unit: '{order}' });
  const values = meter.createHistogram('shop.order.value', { unit: 'EUR' });
  const report = new Recurring(reportRestMs, new SalesReport(random).work);
  let holds = false;
  let offersInTurn = false;

  const address = (connection: Connection, customer: string) =>
    connection.run('SELECT address FROM customers WHERE name = ?', customer);
  const save = (connection: Connection, order: string, customer: string, cents: number, receipt: string) =>
    connection.run('INSERT INTO orders VALUES (?, ?, ?, ?)', order, customer, cents, receipt);
  const pay = (order: string, cents: number) =>
    peers.call<{ receipt: string }>('payment', { method: 'POST', path: '/payments', body: { order, cents } });

  async function placeOrder(order: string, customer: string, cents: number): Promise<void> {
    if (holds) {
      return pool.withConnection(async (connection) => {
        await address(connection, customer);
        const { receipt } = await pay(order, cents);
        await save(connection, order, customer, cents, receipt);
      });
    }
    await pool.withConnection((connection) => address(connection, customer));
    const { receipt } = await pay(order, cents);
    await pool.withConnection((connection) => save(connection, order, customer, cents, receipt));
  }

  const offerOf = (carrier: string, order: string) =>
    peers.call<Offer>('carriers', { method: 'POST', path: `/offers/${carrier}`, body: { order } });

  async function offersFor(order: string): Promise<readonly Offer[]> {
    if (!peers.knows('carriers')) return [];
    if (!offersInTurn) return Promise.all(carriers.map((carrier) => offerOf(carrier, order)));
    const offers: Offer[] = [];
    for (const carrier of carriers) offers.push(await offerOf(carrier, order));
    return offers;
  }

  async function deliverAndPay(order: string, customer: string, cents: number): Promise<readonly Offer[]> {
    const asked = offersFor(order);
    if (offersInTurn) await asked;
    const [offers] = await Promise.all([asked, placeOrder(order, customer, cents)]);
    return offers;
  }

  return {
    close: () => pool.close(),
    switches: {
      'hold-connection': (size) => {
        holds = size > 0;
        pool.resize(holds ? size : poolSize);
      },
      'offers-in-turn': (on) => {
        offersInTurn = on === 1;
      },
      report: report.turn,
    },
    routes: [
      {
        method: 'POST',
        path: '/checkout',
        handle: async ({ body }) => {
          const { order, customer } = body as { readonly order: string; readonly customer: string };
          try {
            const cart = await peers.call<Cart>('cart', { method: 'GET', path: `/carts/${customer}` });
            const reservation = { order, items: cart.items.map(({ sku, quantity }) => ({ sku, quantity })) };
            await peers.call('inventory', { method: 'POST', path: '/reservations', body: reservation });
            const offers = await deliverAndPay(order, customer, cart.cents);
            orders.add(1, { outcome: 'placed' });
            values.record(cart.cents / 100);
            log.info('order placed', { order, customer, cents: cart.cents });
            const carrier = offers.toSorted((a, b) => a.cents - b.cents)[0]?.carrier ?? null;
            return { status: 201, body: { order, carrier } };
          } catch (error) {
            orders.add(1, { outcome: 'failed' });
            throw error;
          }
        },
      },
      {
        method: 'GET',
        path: '/orders/{customer}',
        handle: ({ parameters: { customer = '' } }) =>
          pool.withConnection(async (connection) => ({
            status: 200,
            body: await connection.run(
              'SELECT id, cents FROM orders WHERE customer = ? ORDER BY id DESC LIMIT 20',
              customer,
            ),
          })),
      },
    ],
  };
});
