import * as fc from 'fast-check';
import type { Span } from '../../../src/engine/explain/span.ts';

/** Any spans at all: ids repeat, parents are missing, cycles close, clocks lie, ends precede starts. */
export const garbage: fc.Arbitrary<Span[]> = fc.array(
  fc.record({
    spanId: fc.integer({ min: 0, max: 30 }).map((n) => n.toString(16).padStart(16, '0')),
    parentSpanId: fc.integer({ min: -5, max: 40 }).map((n) => (n < 0 ? '' : n.toString(16).padStart(16, '0'))),
    service: fc.constantFrom('web', 'cart', 'bank'),
    operation: fc.constantFrom('a', 'b', 'c', ''),
    kind: fc.constantFrom('Server', 'Client', 'Internal', 'Producer', 'Consumer', 'Unspecified'),
    startNs: fc.integer({ min: 0, max: 1_000_000_000 }),
    durationNs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000_000_000 })),
    status: fc.constantFrom('Unset', 'Ok', 'Error'),
    statusMessage: fc.constantFrom('', 'timeout'),
    attributes: fc.constant({}),
    resource: fc.constantFrom({}, { 'host.name': 'x' }),
    events: fc.constant([]),
    links: fc.constant([]),
    dropped: fc.constant(0),
  }),
  { minLength: 1, maxLength: 40 },
);
