import type { Shape } from '../candidate.ts';
import { quoted } from '../format.ts';
import { burstOf } from './error-burst.ts';
import { errorCandidate } from './error-candidate.ts';

/** An error that is no burst: where it began, and how far it went. */
export const errorOrigin: Shape = (context) => {
  const found = errorCandidate(context);
  if (found === null || burstOf(found.origin, context) !== null) return [];
  const { origin, base } = found;
  return [
    {
      ...base,
      id: 'error-origin',
      title: `${origin.service} ${quoted(origin.operation)} failed`,
      severity: base.explainsFailure ? 'critical' : 'info',
      confidence: 0.8,
    },
  ];
};
