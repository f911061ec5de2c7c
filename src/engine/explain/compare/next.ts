import type { Explanation } from '../explanation.ts';
import { option } from '../next-steps.ts';
import type { Difference } from './profile.ts';

/** Commands to type after a comparison. */
export const nextOf = (first: Difference | undefined, traceId: string | undefined): Explanation['next'] => [
  ...(traceId === undefined ? [] : [{ command: `obs explain ${traceId}`, why: 'a trace that shows it, in full' }]),
  ...(first === undefined
    ? []
    : [
        {
          command: `obs traces${option('--service', first.service)}${option('--operation', first.operation)} --slowest`,
          why: 'traces where it takes longest',
        },
      ]),
  { command: 'obs evidence --all', why: 'whether its evidence still holds' },
];
