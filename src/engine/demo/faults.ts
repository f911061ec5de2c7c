import { Effect, type Scope } from 'effect';
import type { FaultName } from './fault-names.ts';
import type { DemoFailed } from '../domain/errors.ts';
import type { Instances, Shop } from './shop.ts';
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
  /** Processes that a shop must have from its beginning on for it. */
  readonly needs?: Instances;
  /** It starts processes anew, which then know nothing of what was turned on before. */
  readonly restarts?: true;
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
    restarts: true,
    turnOn: (shop) => shop.deploy('cart', '3.2.0'),
  },
  'timeout-mismatch': {
    name: 'timeout-mismatch',
    title: 'payment now gives the bank 205 ms for a charge, for which it usually takes 170 to 250',
    culprit: { service: 'payment', operation: 'POST /charges', what: 'its timeout is shorter than the bank takes' },
    turnOn: (shop) => shop.turn('payment', 'timeout', 205),
  },
  'cache-miss': {
    name: 'cache-miss',
    title: 'the cart no longer keeps the terms of customers: it works them out for each request',
    culprit: { service: 'cart', operation: 'SELECT products', what: 'its cache of terms keeps nothing' },
    turnOn: (shop) => shop.turn('cart', 'terms-ttl', 0),
  },
  'hot-key': {
    name: 'hot-key',
    title: "the north warehouse's shelf is being tidied, and most of the time nobody else can look at it",
    culprit: {
      service: 'inventory',
      operation: 'GET /products',
      what: 'requests for the north warehouse wait in line',
    },
    turnOn: (shop) => shop.turn('inventory', 'tidying', 1),
  },
  'instance-queue': {
    name: 'instance-queue',
    title: 'one of two instances of inventory has a single place left for requests, and rebuilds its index in it',
    culprit: { service: 'inventory', operation: null, what: 'requests wait in line at one of its two instances' },
    needs: { inventory: 2 },
    turnOn: (shop) => shop.turn('inventory', 'one-place', 1, 1),
  },
  'cpu-throttling': {
    name: 'cpu-throttling',
    title: 'checkout works on a report in the thread that answers requests, 160 ms at a time',
    culprit: { service: 'checkout', operation: null, what: 'its event loop is blocked by other work' },
    turnOn: (shop) => shop.turn('checkout', 'report', 1),
  },
  'payload-growth': {
    name: 'payload-growth',
    title: 'the cart now answers with a picture of each item: hundreds of times as many bytes',
    culprit: { service: 'cart', operation: 'GET /carts/{customer}', what: 'its answers have grown' },
    turnOn: (shop) => shop.turn('cart', 'pictures', 1),
  },
  'serial-calls': {
    name: 'serial-calls',
    title: 'checkout asks four carriers one after the other, and only then lets the customer pay',
    culprit: { service: 'checkout', operation: 'POST /checkout', what: 'calls that ran at once now run in turn' },
    needs: { carriers: 1 },
    turnOn: (shop) => shop.turn('checkout', 'offers-in-turn', 1),
  },
  'lock-wait': {
    name: 'lock-wait',
    title: 'inventory is being counted, in transactions that keep the database locked for 900 ms each',
    culprit: { service: 'inventory', operation: 'UPDATE products', what: 'writes wait for the lock of the database' },
    turnOn: (shop) => shop.turn('inventory', 'stocktaking', 1),
  },
  'cold-start': {
    name: 'cold-start',
    title: 'cart is restarted, and takes requests before it has prepared what it needs for them',
    culprit: { service: 'cart', operation: 'GET /carts/{customer}', what: 'the first requests wait until it is warm' },
    restarts: true,
    turnOn: (shop) => shop.restartCold('cart'),
  },
};

/** The processes that a shop must have for all of them. */
export const instancesFor = (names: readonly FaultName[]): Instances =>
  Object.assign({}, ...names.map((name) => faults[name].needs ?? {})) as Instances;

/** Turns all of them on, one right after the other. */
export const turnOnAll = (names: readonly FaultName[], shop: Shop): Effect.Effect<void, DemoFailed, Scope.Scope> =>
  Effect.forEach(
    names.map((name) => faults[name]).toSorted((a, b) => Number(b.restarts ?? false) - Number(a.restarts ?? false)),
    (fault) => fault.turnOn(shop),
    { discard: true },
  );
