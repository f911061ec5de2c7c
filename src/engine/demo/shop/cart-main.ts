import { join } from 'node:path';
import { createDatabase, fillCarts, fillProducts } from './catalogue.ts';
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

/**
 * Carts with prices. Since version 3.2 it looks for the best combination of promotions.
 * Switch: `price-by-row` asks for the price of each item by itself, through a function that no index serves.
 */
await runService('cart', ({ folder, seed, version, peers }) => {
  const file = join(folder, 'cart.db');
  createDatabase(file, (database) => {
    fillProducts(database, seed);
    fillCarts(database, seed);
  });
  const pool = new ConnectionPool({ file, name: 'cart', size: 3, acquireMs: 3_000 });
  const hasPromotions = !version.startsWith('3.1.');
  let priceByRow = false;

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
    close: () => pool.close(),
    switches: {
      'price-by-row': (on) => {
        priceByRow = on === 1;
      },
    },
    routes: [
      {
        method: 'GET',
        path: '/carts/{customer}',
        handle: async ({ parameters: { customer = '' } }) => {
          const items = await pool.withConnection((connection) => pricedItems(connection, customer));
          const cents = items.reduce((sum, item) => sum + item.cents * item.quantity, 0);
          const discount = hasPromotions ? bestDiscount(items) : 0;
          return { status: 200, body: { items, cents: cents - discount } };
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

const itemOf = ({ sku, quantity }: Row, cents: Row[string] | undefined): CartItem => ({
  sku: String(sku),
  quantity: Number(quantity),
  cents: Number(cents ?? 0),
});
