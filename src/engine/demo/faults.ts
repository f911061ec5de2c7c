import { Effect, type Scope } from 'effect';
import type { FaultName } from './fault-names.ts';
import type { DemoFailed } from '../domain/errors.ts';
import type { Shop } from './shop.ts';
import type { ServiceName } from './shop/service-protocol.ts';

/** What is truly wrong: known to the demo alone, to judge the explanation by. `explain` only ever gets a trace id. */
export interface Culprit {
  /** The service at fault, as telemetry names it. */
  readonly service: ServiceName;
  /** The operation in which it shows; by the semantic conventions' span names. `null`: all that use what is short. */
  readonly operation: string | null;
  readonly what: string;
}

export interface Fault {
  readonly name: FaultName;
  /** One line for people, as it is turned on. */
  readonly title: string;
  readonly culprit: Culprit;
  readonly turnOn: (shop: Shop) => Effect.Effect<void, DemoFailed, Scope.Scope>;
}

export const faults: Readonly<Record<FaultName, Fault>> = {
  'slow-dependency': {
    name: 'slow-dependency',
    title: 'the bank, a third party, now takes about 900 ms longer for each charge',
    culprit: { service: 'payment', operation: 'POST /charges', what: 'its calls to the bank are slow' },
    turnOn: (shop) => shop.turn('bank', 'extra-latency', 900),
  },
  'error-burst': {
    name: 'error-burst',
    title: 'a warehouse was taken out of the address book while products still point to it',
    culprit: { service: 'inventory', operation: 'POST /reservations', what: 'it throws a TypeError' },
    turnOn: (shop) => shop.turn('inventory', 'warehouse-closed', 1),
  },
  'n-plus-one': {
    name: 'n-plus-one',
    title: 'the cart now asks for the price of each item by itself, through a function that no index serves',
    culprit: { service: 'cart', operation: 'SELECT products', what: 'one query for each item of the cart' },
    turnOn: (shop) => shop.turn('cart', 'price-by-row', 1),
  },
  'pool-exhaustion': {
    name: 'pool-exhaustion',
    title: 'checkout has a single database connection left, and keeps it while it waits for the payment',
    culprit: { service: 'checkout', operation: null, what: 'requests wait for a connection' },
    turnOn: (shop) => shop.turn('checkout', 'hold-connection', 1),
  },
  'memory-leak': {
    name: 'memory-leak',
    title: 'inventory keeps a record of every reservation in memory, for ever',
    culprit: { service: 'inventory', operation: null, what: 'long garbage collections of a full heap' },
    turnOn: (shop) => shop.turn('inventory', 'keep-history', 1),
  },
  'retry-storm': {
    name: 'retry-storm',
    title: 'the bank refuses most charges, and payment tries each up to 10 times without a pause',
    culprit: { service: 'payment', operation: 'POST /charges', what: 'failing calls are repeated at once' },
    turnOn: (shop) => Effect.andThen(shop.turn('payment', 'attempts', 10), shop.turn('bank', 'failing', 0.92)),
  },
  'bad-deploy': {
    name: 'bad-deploy',
    title: 'cart 3.2.0 is deployed: its search for promotions is slow, and throws on long carts',
    culprit: { service: 'cart', operation: 'GET /carts/{customer}', what: 'version 3.2.0 is slow and fails' },
    turnOn: (shop) => shop.deploy('cart', '3.2.0'),
  },
};
