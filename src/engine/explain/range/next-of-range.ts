import { printable } from '../../domain/printable.ts';
import type { Explanation, Verdict } from '../explanation.ts';
import { option } from '../next-steps.ts';
import type { TimeRange } from '../question.ts';

/** Commands to type after the answer about a time. */
export function nextOfRange(range: TimeRange, verdict: Verdict, traceId: string | null): Explanation['next'] {
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  const time = ` --since ${iso(range.fromMs)} --until ${iso(range.toMs)}`;
  const { culprit } = verdict;
  if (culprit === null) {
    return [{ command: `obs traces --slowest --since ${iso(range.fromMs)}`, why: 'the slowest of what is usual' }];
  }
  const service = option('--service', culprit.service);
  return [
    ...(traceId === null ? [] : [{ command: `obs explain ${traceId}`, why: 'a trace that shows it, in full' }]),
    ...(service === ''
      ? []
      : [{ command: `obs logs${service}${time}`, why: `what ${printable(culprit.service)} logged meanwhile` }]),
    { command: 'obs evidence --all', why: 'whether its evidence still holds' },
  ];
}
