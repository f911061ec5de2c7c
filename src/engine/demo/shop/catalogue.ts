import { DatabaseSync } from 'node:sqlite';
import { below, seededRandom } from '../load/random.ts';

/** The shop's world, the same in every process: customers, their carts, products. */
export const catalogue = {
  products: 20_000,
  customers: 60,
  /** The first customers buy for resale: their carts are long. */
  wholesaleCustomers: 6,
  wholesaleItems: 200,
  retailItems: 4,
  warehouses: ['north', 'south', 'east', 'west'],
} as const;

/** Who delivers, where the shop asks for offers. */
export const carriers = ['northpost', 'swiftline', 'parcelhub', 'harbourgo'] as const;

export const customerName = (index: number): string => `customer-${index + 1}`;
export const skuName = (index: number): string => `SKU-${String(index + 1).padStart(5, '0')}`;

export function itemCount(customer: number): number {
  return customer < catalogue.wholesaleCustomers ? catalogue.wholesaleItems : catalogue.retailItems;
}

/** Creates a database and fills it with one transaction, so that a start takes milliseconds. */
export function createDatabase(file: string, fill: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN;');
    fill(database);
    database.exec('COMMIT;');
  } finally {
    database.close();
  }
}

export function fillProducts(database: DatabaseSync, seed: number): void {
  const random = seededRandom(`${seed} products`);
  database.exec(`CREATE TABLE IF NOT EXISTS products
    (sku TEXT PRIMARY KEY, name TEXT NOT NULL, cents INTEGER NOT NULL, stock INTEGER NOT NULL, warehouse TEXT NOT NULL)`);
  const insert = database.prepare('INSERT OR REPLACE INTO products VALUES (?, ?, ?, ?, ?)');
  for (let i = 0; i < catalogue.products; i++) {
    const warehouse = catalogue.warehouses[below(random, catalogue.warehouses.length)]!;
    insert.run(skuName(i), `Article ${i + 1}`, 100 + below(random, 20_000), 1_000_000, warehouse);
  }
}

export function fillCarts(database: DatabaseSync, seed: number): void {
  const random = seededRandom(`${seed} carts`);
  database.exec(`CREATE TABLE IF NOT EXISTS cart_items
    (customer TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (customer, sku))`);
  const insert = database.prepare('INSERT OR REPLACE INTO cart_items VALUES (?, ?, ?)');
  for (let customer = 0; customer < catalogue.customers; customer++) {
    for (let item = 0; item < itemCount(customer); item++) {
      insert.run(customerName(customer), skuName(below(random, catalogue.products)), 1 + below(random, 3));
    }
  }
}
