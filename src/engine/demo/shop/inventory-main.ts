import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { metrics, trace } from '@opentelemetry/api';
import { catalogue, createDatabase, fillProducts } from './catalogue.ts';
import { ConnectionPool } from './database/connection-pool.ts';
import { Recurring } from './recurring.ts';
import { ReservationHistory } from './reservation-history.ts';
import { runService } from './run-service.ts';
import { Stocktaking } from './stocktaking.ts';
import { log } from './telemetry/log.ts';
import { WaitingLine } from './waiting-line.ts';

interface Item {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * Products and their stock.
 * Switches: `warehouse-closed` takes a warehouse out of the address book while products still point to it;
 * `keep-history` keeps a record of every call in memory for ever; `stocktaking` counts everything in transactions that
 * last; `tidying` keeps the north warehouse's shelf to itself most of the time; `one-place` leaves one place for
 * requests, which the rebuilding of an index shares.
 */
const most = { places: 16, shelfMs: 650, shelfRestMs: 90, indexMs: 330, indexRestMs: 40, stocktakingRestMs: 250 };

await runService('inventory', ({ folder, seed, random }) => {
  const file = join(folder, 'inventory.db');
  createDatabase(file, (database) => fillProducts(database, seed));
  const pool = new ConnectionPool({ file, name: 'inventory', size: 3, acquireMs: 3_000 });
  const docks = new Map<string, { readonly dock: string }>(
    catalogue.warehouses.map((warehouse) => [warehouse, { dock: `${warehouse}-1` }]),
  );
  const reserved = metrics.getMeter('shop.inventory').createCounter('shop.items.reserved', { unit: '{item}' });
  const history = new ReservationHistory();
  let keepHistory = false;
  const places = new WaitingLine(most.places);
  const shelves = new Map(catalogue.warehouses.map((warehouse) => [warehouse as string, new WaitingLine(1)]));
  const tidying = new Recurring(most.shelfRestMs, () => shelves.get('north')?.inside(() => wait(most.shelfMs)));
  const rebuilding = new Recurring(most.indexRestMs, () => places.inside(() => wait(most.indexMs)));
  const stocktaking = new Stocktaking(file);
  const counting = new Recurring(most.stocktakingRestMs, stocktaking.work);

  return {
    places,
    close: () => {
      stocktaking.close();
      pool.close();
    },
    switches: {
      'warehouse-closed': (on) => {
        if (on === 1) docks.delete('north');
        else docks.set('north', { dock: 'north-1' });
      },
      'keep-history': (on) => {
        keepHistory = on === 1;
        if (!keepHistory) history.clear();
      },
      stocktaking: counting.turn,
      tidying: tidying.turn,
      'one-place': (on) => {
        places.resize(on === 1 ? 1 : most.places);
        rebuilding.turn(on);
      },
    },
    routes: [
      {
        method: 'GET',
        path: '/products',
        handle: ({ query }) => {
          const warehouse = query.get('warehouse') ?? '';
          const shelf = shelves.get(warehouse);
          if (shelf === undefined) return { status: 404, body: { error: 'no such warehouse' } };
          trace.getActiveSpan()?.setAttribute('shop.warehouse', warehouse);
          // One at a time: who tidies a shelf has it to himself.
          return shelf.inside(() =>
            pool.withConnection(async (connection) => {
              const from = Math.floor(random() * catalogue.products);
              const sql =
                'SELECT sku, name, cents FROM products WHERE warehouse = ? AND rowid > ? ORDER BY rowid LIMIT 24';
              return { status: 200, body: await connection.run(sql, warehouse, from) };
            }),
          );
        },
      },
      {
        method: 'GET',
        path: '/stock/{sku}',
        handle: ({ parameters }) =>
          pool.withConnection(async (connection) => {
            const [row] = await connection.run('SELECT stock FROM products WHERE sku = ?', parameters['sku'] ?? '');
            return row === undefined ? { status: 404, body: { error: 'no such product' } } : { status: 200, body: row };
          }),
      },
      {
        method: 'POST',
        path: '/reservations',
        handle: async ({ body }) => {
          const { order, items } = body as { readonly order: string; readonly items: readonly Item[] };
          if (keepHistory) history.keep(order, items);
          const rows = await pool.withConnection((connection) =>
            connection.run(
              'UPDATE products SET stock = stock - 1 WHERE sku IN (SELECT value FROM json_each(?)) RETURNING sku, warehouse',
              JSON.stringify(items.map(({ sku }) => sku)),
            ),
          );
          const picks = rows.map(({ sku, warehouse }) => ({ sku, dock: docks.get(String(warehouse))!.dock }));
          reserved.add(picks.length);
          log.info('items reserved', { order, items: picks.length });
          return { status: 201, body: { picks } };
        },
      },
    ],
  };
});
