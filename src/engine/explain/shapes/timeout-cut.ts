import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, pathNsBelow, type TraceContext } from '../context.ts';
import { describeError, reachesRoot } from '../errors.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { attributeOf, isError } from '../span.ts';
import { durationOf, overhangToleranceNs, type TreeSpan } from '../tree-span.ts';
import { targetText } from './calls.ts';

const timeoutWords = /time[sd]?[ -]?out|deadline|ETIMEDOUT|ECONNABORTED|ESOCKETTIMEDOUT|no answer within|aborted/i;
/** What people configure. */
const roundMs = [
  100, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 7000, 8000, 10_000, 12_000, 15_000,
  20_000, 25_000, 30_000, 45_000, 60_000, 90_000, 120_000, 300_000,
];

/**
 * Timeout cut: a caller gave up on a call. It ends with an error that says so, or at a duration that people configure,
 * while the callee goes on, or never sent a span. Not an error that the callee itself answered with.
 */
export const timeoutCut: Shape = (context) =>
  context.tree.spans.flatMap((span) => givenUp(span, context) ?? []).flatMap((cut) => candidate(cut, context));

/** A call that its caller gave up on. */
export interface GivenUp {
  readonly call: TreeSpan;
  /** Undefined when it sent no span. */
  readonly callee: TreeSpan | undefined;
  readonly message: string;
  readonly durationMs: number;
  /** The duration that people configure, if it is one. */
  readonly round: number | undefined;
  /** The callee worked on after its caller had left. */
  readonly goesOn: boolean;
  readonly confidence: number;
}

/** @returns undefined when the call was answered, or nothing tells that its caller gave up. */
export function givenUp(call: TreeSpan, context: TraceContext): GivenUp | undefined {
  if (call.kind !== 'Client' || !isError(call)) return undefined;
  const callee = calleeOf(call);
  const { type, message } = describeError(call, context.data.logs);
  const saysSo = timeoutWords.test(message) || timeoutWords.test(type ?? '');
  const durationMs = durationOf(call) / 1e6;
  const round = roundMs.find((ms) => durationMs >= ms && durationMs <= ms * 1.02 + 15);
  const goesOn = callee !== undefined && callee.endNs > call.endNs + longerBy(call);
  // A callee that ended in time has answered, whatever the answer was; so has one whose status the caller knows.
  if (callee !== undefined && !goesOn) return undefined;
  if (!saysSo && attributeOf(call, 'http.response.status_code', 'http.status_code') !== undefined) return undefined;
  const confidence = confidenceOf(saysSo, round !== undefined, goesOn);
  return confidence === 0 ? undefined : { call, callee, message, durationMs, round, goesOn, confidence };
}

function candidate(cut: GivenUp, context: TraceContext): readonly Candidate[] {
  const { call, callee, message, durationMs, round, goesOn, confidence } = cut;
  const explained = explains(pathNsBelow([call], context), context);
  const failsTrace = reachesRoot(call, context.tree);
  return [
    {
      id: 'timeout-cut',
      title: `${call.service} gave up on ${quoted(call.operation)} after ${durationText(round ?? durationMs)}`,
      severity: failsTrace ? 'critical' : 'warning',
      culprit: culpritOf(callee ?? call, callee === undefined ? { dependency: targetText(call) } : {}),
      explains: explained,
      sentences: [
        `${call.service} waited ${durationText(durationMs)} for ${callee?.service ?? targetText(call)} (${percentText(explained.percent)} of the trace) and then gave up` +
          `${message === '' ? '' : `: ${quoted(message)}`}.`,
        goesOn && callee !== undefined
          ? `${callee.service} ${quoted(callee.operation)} went on for ${durationText((callee.endNs - call.endNs) / 1e6)} more: its work was thrown away.`
          : `No span of ${targetText(call)} was received, so what it did meanwhile cannot be seen.`,
      ],
      spans: idsOf(callee === undefined ? [call] : [call, callee]),
      confidence,
      explainsFailure: failsTrace,
      evidence: [
        spansEvidence(context, 'The call and what was called', callee === undefined ? [call] : [call, callee]),
        usualEvidence(context, 'How long both took before', callee === undefined ? [call] : [call, callee]),
      ],
    },
  ];
}

/** Servers end their spans a little after the answer; going on means more than that. */
const longerBy = (call: TreeSpan): number => Math.max(20 * overhangToleranceNs, durationOf(call) / 10);

function confidenceOf(saysSo: boolean, isRound: boolean, goesOn: boolean): number {
  if (saysSo) return goesOn ? 0.95 : 0.85;
  if (isRound) return goesOn ? 0.85 : 0.5;
  return goesOn ? 0.6 : 0;
}
