import type { TraceContext } from '../context.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import { spansEvidence } from '../evidence-sql.ts';
import { keyOf, operationList, type OperationKey } from '../sql.ts';
import type { SymptomOfTrace } from './symptoms-of-trace.ts';

/** Spans of each operation that are shown, the worst ones. */
const spansEach = 4;

/**
 * What shows the symptoms: one statement for their spans, and one for the history of all operations that have it from the
 * same place. Each symptom stands on those that tell of its operation.
 */
export function symptomEvidence(
  symptoms: readonly SymptomOfTrace[],
  context: TraceContext,
): { readonly queries: readonly EvidenceQuery[]; readonly of: (symptom: SymptomOfTrace) => readonly EvidenceQuery[] } {
  if (symptoms.length === 0) return { queries: [], of: () => [] };
  const spans = spansEvidence(
    context,
    'Spans of this trace that fared worse than usual',
    symptoms.flatMap((symptom) => symptom.spans.slice(0, spansEach)),
  );
  const usual = new Map<string, EvidenceQuery>();
  for (const operations of operationsByHistory(symptoms, context)) {
    const query = { title: 'How these operations fared before', sql: context.history.statementOf(operations) };
    for (const operation of operations) usual.set(keyOf(operation), query);
  }
  return {
    queries: [...new Set([spans, ...usual.values()])],
    of: (symptom) => [spans, ...[usual.get(keyOf(symptom)) ?? []].flat()],
  };
}

type Operations = readonly [OperationKey, ...OperationKey[]];

/** Operations with history, together where one statement gives that of all. */
function operationsByHistory(symptoms: readonly SymptomOfTrace[], { history }: TraceContext): readonly Operations[] {
  const known = new Map(
    symptoms
      .filter((symptom) => history.of(symptom) !== undefined)
      .map(({ service, kind, operation }) => [keyOf({ service, kind, operation }), { service, kind, operation }]),
  );
  const byStatement = new Map<string, [OperationKey, ...OperationKey[]]>();
  for (const operation of known.values()) {
    const statement = history.statementOf([operation]).replaceAll(operationList([operation]), '');
    const same = byStatement.get(statement);
    if (same === undefined) byStatement.set(statement, [operation]);
    else same.push(operation);
  }
  return [...byStatement.values()];
}
