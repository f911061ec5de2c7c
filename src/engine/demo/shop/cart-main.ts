import { join } from 'node:path';
import { Assortment } from './assortment.ts';
import { Cache } from './cache.ts';
import { catalogue, createDatabase, fillCarts, fillProducts } from './catalogue.ts';
import type { Connection } from './database/connection.ts';
import { ConnectionPool } from './database/connection-pool.ts';
import type { Row } from './database/sql-protocol.ts';
import { bestDiscount } from './promotions.ts';
import { runService } from './run-service.ts';
import { log } from './telemetry/log.ts';

interface CartItem {
  readonly sku: string;
  readonly quantity: number;
  readonly cents: number;
}

/** How long the terms of a group of customers hold, unless the fault says otherwise. */
const termsMs = 3_600_000;
/** As a data URI, about this many characters of an article's picture. */
const pictureSize = 400_000;
/** A page of a cart shows so many. */
const mostPictures = 40;

/**
 * Carts with prices. Since version 3.2 it looks for the best combination of promotions.
 * Switches: `price-by-row` asks for the price of each item by itself, through a function that no index serves;
 * `terms-ttl` in ms keeps terms for so long, which are dear to work out; `pictures` puts one into the answer for each
 * item of the first page.
 */
await runService('cart', ({ folder, seed, version, peers }) => {
  const file = join(folder, 'cart.db');
  createDatabase(file, (database) => {
    fillProducts(database, seed);
    fillCarts(database, seed);
  });
  const pool = new ConnectionPool({ file, name: 'cart', size: 3, acquireMs: 3_000 });
  const assortment = new Assortment();
  const terms = new Cache<number>('terms', termsMs);
  const hasPromotions = !version.startsWith('3.1.');
  let priceByRow = false;
  let hasPictures = false;

  /** Cents from which on an article of a customer's group is dear: ranks of all articles, by warehouse and over all. */
  const dearFrom = (connection: Connection, items: number): Promise<number> =>
    terms.get(items > catalogue.retailItems ? 'wholesale' : 'retail', async () => {
      const [row] = await connection.run(
        `SELECT min(cents) AS cents FROM (SELECT cents, percent_rank() OVER (PARTITION BY warehouse ORDER BY cents, sku) AS here,
  percent_rank() OVER (ORDER BY cents, sku) AS overall FROM products) WHERE here > ? AND overall > ?`,
        ...(items > catalogue.retailItems ? [0.9, 0.9] : [0.8, 0.8]),
      );
      return Number(row?.['cents'] ?? 0);
    });

  async function pricedItems(connection: Connection, customer: string): Promise<readonly CartItem[]> {
    if (!priceByRow) {
      const rows = await connection.run(
        'SELECT i.sku, i.quantity, p.cents FROM cart_items i JOIN products p ON p.sku = i.sku WHERE i.customer = ?',
        customer,
      );
      return rows.map((row) => itemOf(row, row['cents']));
    }
    const items: CartItem[] = [];
    for (const row of await connection.run('SELECT sku, quantity FROM cart_items WHERE customer = ?', customer)) {
      const [price] = await connection.run(
        'SELECT cents FROM products WHERE lower(trim(sku)) = lower(?)',
        row['sku'] ?? '',
      );
      items.push(itemOf(row, price?.['cents']));
    }
    return items;
  }

  return {
    warmUp: () => assortment.build(),
    close: () => pool.close(),
    switches: {
      'price-by-row': (on) => {
        priceByRow = on === 1;
      },
      'terms-ttl': (ms) => terms.keepFor(ms),
      pictures: (on) => {
        hasPictures = on === 1;
      },
    },
    routes: [
      {
        method: 'GET',
        path: '/carts/{customer}',
        handle: async ({ parameters: { customer = '' } }) => {
          const { items, dear } = await pool.withConnection(async (connection) => {
            const priced = await pricedItems(connection, customer);
            return { items: priced, dear: await dearFrom(connection, priced.length) };
          });
          const related = await assortment.related(items[0]?.sku ?? '');
          const cents = items.reduce((sum, item) => sum + item.cents * item.quantity, 0);
          const discount = hasPromotions ? bestDiscount(items) : 0;
          const shown = hasPictures
            ? items.map((item, place) => (place < mostPictures ? { ...item, picture: pictureOf(item.sku) } : item))
            : items;
          const insured = items.some((item) => item.cents >= dear);
          return { status: 200, body: { items: shown, cents: cents - discount, insured, related } };
        },
      },
      {
        method: 'POST',
        path: '/carts/{customer}/items',
        handle: async ({ parameters: { customer = '' }, body }) => {
          const { sku } = body as { readonly sku: string };
          const { stock } = await peers.call<{ stock: number }>('inventory', { method: 'GET', path: `/stock/${sku}` });
          if (stock < 1) return { status: 409, body: { error: 'sold out' } };
          await pool.withConnection((connection) =>
            connection.run(
              'UPDATE cart_items SET quantity = 1 + quantity % 5 WHERE customer = ? AND sku = ?',
              customer,
              sku,
            ),
          );
          log.info('item added to cart', { customer, sku });
          return { status: 201, body: { sku } };
        },
      },
    ],
  };
});

/** Real pictures would be read from a disk; their size is what matters on the way. */
const pictureOf = (sku: string): string =>
  `data:image/jpeg;base64,${Buffer.from(sku.repeat(pictureSize / 12)).toString('base64')}`;

const itemOf = ({ sku, quantity }: Row, cents: Row[string] | undefined): CartItem => ({
  sku: String(sku),
  quantity: Number(quantity),
  cents: Number(cents ?? 0),
});
