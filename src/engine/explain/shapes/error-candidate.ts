import { culpritOf, explains, idsOf, type Candidate } from '../candidate.ts';
import { calleeOf, type TraceContext } from '../context.ts';
import { describeError, errorOrigins, failedCallers, reachesRoot } from '../errors.ts';
import { logsEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { quoted } from '../format.ts';
import { peerOf } from '../span.ts';
import type { TreeSpan } from '../tree-span.ts';

/** What the shapes about errors share: where the error began and how far it went. */
export interface ErrorCandidate {
  readonly origin: TreeSpan;
  readonly base: Omit<Candidate, 'id' | 'title' | 'severity' | 'confidence'>;
}

/** The first error that reached the root, else the first; null when nothing failed. */
export function errorCandidate(context: TraceContext): ErrorCandidate | null {
  const { tree, data } = context;
  const origins = errorOrigins(tree);
  const origin = origins.find((span) => reachesRoot(span, tree)) ?? origins[0];
  if (origin === undefined) return null;
  const callers = failedCallers(origin);
  const { type, message } = describeError(origin, data.logs);
  const dependency = origin.kind === 'Client' && calleeOf(origin) === undefined ? peerOf(origin) : undefined;
  const failed = `${origin.service} ${quoted(origin.operation)}${dependency === undefined ? '' : ` (to ${dependency})`}`;
  const said = [type, message === '' ? undefined : quoted(message)].filter(
    (part) => part !== undefined && part !== null,
  );
  const services = [...new Set(callers.map(({ service }) => service))].filter((service) => service !== origin.service);
  const reached = reachesRoot(origin, tree);
  return {
    origin,
    base: {
      culprit: culpritOf(origin, dependency === undefined ? {} : { dependency }),
      explains: explains(0, context),
      sentences: [
        `The first error is in ${failed}${said.length === 0 ? '' : `: ${said.join(' ')}`}.`,
        reached
          ? callers.length === 0
            ? 'It is the root span itself.'
            : `It spread through ${services.length === 0 ? 'its callers' : services.join(', ')} up to the root.`
          : `It did not reach the root: ${(callers.at(-1) ?? origin).parent?.service ?? 'its caller'} dealt with it.`,
      ],
      spans: idsOf([origin, ...callers]),
      explainsFailure: reached,
      evidence: [
        spansEvidence(
          context,
          'The failed spans, from the caller to the origin',
          [...callers.toReversed(), origin],
          ['http.response.status_code', 'error.type'],
        ),
        logsEvidence(context, 'Warnings and errors that the trace logged'),
        usualEvidence(context, 'How often the operation failed before', [origin]),
      ],
    },
  };
}
