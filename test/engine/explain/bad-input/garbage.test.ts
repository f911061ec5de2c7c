import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describe as describeTrace } from '../../../../src/engine/explain/describe.ts';
import { withRows } from '../../../../src/engine/explain/evidence/evidence.ts';
import { findShapes } from '../../../../src/engine/explain/explain-trace.ts';
import type { Span, TraceLog } from '../../../../src/engine/explain/span.ts';
import { contextOf, type Around } from '../drawn-context.ts';
import { garbage } from '../garbage.ts';
import { traceIdIn } from '../../../../src/engine/explain/trace-id-text.ts';
import { nearestIds } from '../../../../src/engine/explain/nearest-ids.ts';
import { expectSound } from './sound-answer.ts';

const text = fc.oneof(
  fc.constantFrom('', ' ', "'; DROP TABLE otel_traces --", '\u001b[2J', '<script>', '```', '|', '__proto__', '\ud800'),
  fc.string({ maxLength: 20 }),
);
const number = fc.constantFrom('0', '-1', '1e309', 'nan', '200', '503', '99999999999999999999', '0x10', '');
const attributes = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'db.system.name',
      'db.query.text',
      'http.response.status_code',
      'exception.type',
      'peer.service',
      'server.address',
      'http.request.body.size',
      'faas.coldstart',
      'tenant.id',
      'host.name',
      'service.instance.id',
      'service.version',
      'process.pid',
      'deployment.environment.name',
      'toString',
      'constructor',
    ),
    text,
  ),
  fc.oneof(text, number),
  { maxKeys: 5 },
);

/** Garbage whose names, attributes, events, links and times are garbage as well. */
const worse: fc.Arbitrary<Span[]> = fc
  .tuple(
    garbage,
    fc.array(
      fc.record({
        operation: text,
        service: text,
        kind: text,
        status: text,
        attributes,
        resource: attributes,
        statusMessage: text,
        startNs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000_000_000 }), fc.constant(9e18)),
        durationNs: fc.oneof(fc.constant(0), fc.constant(3.2e16), fc.integer({ min: 0, max: 2_000_000_000 })),
        events: fc.array(
          fc.record({ atNs: fc.integer(), name: fc.oneof(fc.constant('exception'), text), attributes }),
          { maxLength: 2 },
        ),
        links: fc.array(fc.record({ traceId: text, spanId: text }), { maxLength: 2 }),
        dropped: fc.nat(3),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  )
  .map(([spans, odd]) =>
    spans.map((span, place) => (place % 3 === 0 ? { ...span, ...odd[place % odd.length]! } : span)),
  );

const logs: fc.Arbitrary<TraceLog[]> = fc.array(
  fc.record({
    atNs: fc.integer(),
    spanId: fc.constantFrom('', '0000000000000001'),
    service: text,
    severity: text,
    severityNumber: fc.nat(30),
    body: text,
    exceptionType: text,
    exceptionMessage: text,
  }),
  { maxLength: 3 },
);

/** Operations with histories of nothing, of a moment, and of more than it takes. */
const usual: fc.Arbitrary<NonNullable<Around['usual']>> = fc.dictionary(
  fc.constantFrom('web a', 'web b', 'cart a', 'bank c', 'bank '),
  fc.record({
    ms: fc.constantFrom(0, 1e-6, 10, 1e9),
    calls: fc.constantFrom(0, 5, 1e12),
    errors: fc.constantFrom(0, 5, 1e12),
  }),
);

describe('whatever was received', () => {
  test('is explained and shown in every format', () => {
    fc.assert(
      fc.property(worse, logs, usual, fc.boolean(), (spans, records, history, isCut) => {
        const data = {
          traceId: "'",
          originNs: 1_700_000_000_000_000_000n,
          spans,
          logs: records,
          isCut,
          areLogsCut: isCut,
        };
        const context = contextOf(data, { usual: history });
        const findings = findShapes(context).map((found) => ({
          ...found,
          evidence: found.evidence.map((query) => withRows(query, [])),
        }));
        expectSound(describeTrace(context, findings));
      }),
      { numRuns: 60 },
    );
  });

  test('ids, too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fA-Fx:-]{0,80}$/)), (typed) => {
        const id = traceIdIn(typed);
        if (id !== null) expect(id).toMatch(/^[0-9a-f]+$/);
        expect(nearestIds(id ?? typed, ['4bf92f3577b34da6a3ce929d0e0e4736', '']).length).toBeLessThanOrEqual(2);
      }),
    );
  });
});
