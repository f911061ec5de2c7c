import { drawSpans } from '../../../support/trace-dsl.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { at, type openExplainStore, type StoredSpan } from '../real-store.ts';

type ExplainStore = Awaited<ReturnType<typeof openExplainStore>>;

export const minuteMs = 60_000;
export const hourMs = 3_600_000;

/** A checkout of a shop, which pays at a bank that sends no spans. */
export interface Checkout {
  /** How long the bank takes. */
  readonly bankMs: number;
  readonly version?: string;
  readonly environment?: string;
  /** The shop does not even come to the payment. */
  readonly isRefused?: boolean;
}

export const checkout = ({ bankMs, version = '', environment = '', isRefused = false }: Checkout): Span[] => {
  const place = environment === '' ? '' : `deployment.environment.name=${environment}`;
  if (isRefused) return drawSpans(`web: POST /checkout server 0 +12 ${place} error="no route"`);
  return drawSpans(`
    web: POST /checkout            server  0 +${bankMs + 40}  ${place}
      web: POST /payments          client  5 +${bankMs + 30}  ${place} service.peer.name=payment
        payment: POST /payments    server 10 +${bankMs + 20}  ${place} ${version === '' ? '' : `service.version=${version}`}
          payment: POST /charges   client 15 +${bankMs}  ${place} ${version === '' ? '' : `service.version=${version}`} service.peer.name=bank
  `);
};

/** A list of products, which has nothing to do with the payment. */
export const list = (stockMs: number): Span[] =>
  drawSpans(`
    web: GET /products             server  0 +${stockMs + 15}
      inventory: GET /stock        server  8 +${stockMs}
  `);

let traces = 0;
/** Traces of a time, one each `everyMs`; null: none then. */
export function traceEach(
  everyMs: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  draw: (atMs: number, n: number) => Span[] | null,
): readonly StoredSpan[] {
  const count = Math.floor((toMs - fromMs) / everyMs);
  return Array.from({ length: count }, (_, n) => {
    const atMs = fromMs + n * everyMs;
    const spans = draw(atMs, n);
    return spans === null ? [] : at(spans, atMs, (++traces).toString(16).padStart(8, '0').repeat(4));
  }).flat();
}

/** A few milliseconds more or less, as in life. */
export const about = (ms: number, n: number): number => ms + ((n * 7) % 11) / 2;

export interface ToldChange {
  readonly id: string;
  readonly atMs: number;
  readonly service?: string;
  readonly kind?: string;
  readonly environment?: string;
  readonly from?: string;
  readonly to?: string;
}

/** As `obs change add` writes them. */
export const tellChanges = (store: ExplainStore, changes: readonly ToldChange[]): Promise<void> =>
  store.command(
    `INSERT INTO obs_changes (Id, At, Kind, ServiceName, Environment, FromVersion, ToVersion, Source) VALUES ${changes
      .map(
        ({ id, atMs, service = 'payment', kind = 'deployment', environment = '', from = '', to = '' }) =>
          `('${id}', fromUnixTimestamp64Milli(${atMs}), '${kind}', '${service}', '${environment}', '${from}', '${to}', 'command')`,
      )
      .join(', ')}`,
  );
