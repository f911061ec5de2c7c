import { faults } from '../../../src/engine/demo/faults.ts';
import type { FaultName } from '../../../src/engine/demo/fault-names.ts';
import { namedBy, namesOperation } from '../../../src/engine/demo/judge.ts';
import type { Explanation, Finding } from '../../../src/engine/explain/explanation.ts';

/** What is compared: an answer without its spans will do. */
export type Answer = Pick<Explanation, 'verdict' | 'suspects' | 'findings'>;

/** How an answer names what was injected. Of two faults at once each part must be right for both. */
export interface JudgedAnswer {
  /** Culprit, shape, and operation or instance. */
  readonly right: boolean;
  readonly culprit: boolean;
  readonly shape: boolean;
  readonly place: boolean;
  /** The same among the first three. */
  readonly culpritTop3: boolean;
  readonly rightTop3: boolean;
  readonly confidence: number;
  /** Scores of all suspects, natural-log units; place of the one at fault among them, -1 where it is none of them. */
  readonly scores: readonly number[];
  readonly faultAt: number;
  /** What it says, in short. */
  readonly said: string;
}

/** Suspects and findings that count beyond the verdict. */
const first = 3;

/**
 * A trace of a shop with two faults may show the one or the other, as `obs demo` has it: the one that its verdict fits best
 * counts.
 */
export const judgeTrace = (injected: readonly FaultName[], suffix: string, answer: Answer): JudgedAnswer =>
  injected.length < 2
    ? judgeAnswer(injected, suffix, answer)
    : injected
        .map((name) => judgeAnswer([name], suffix, answer))
        .reduce((best, one) => (fit(one) > fit(best) ? one : best));

const fit = ({ right, shape, culprit }: JudgedAnswer): number =>
  Number(right) * 4 + Number(shape) * 2 + Number(culprit);

/**
 * One fault: the verdict counts, and the finding that it rests on. Two at once: the first three suspects or findings, of
 * which each fault must have one. None: the right answer is that nothing is unusual.
 */
export function judgeAnswer(injected: readonly FaultName[], suffix: string, answer: Answer): JudgedAnswer {
  const { verdict } = answer;
  const [leading] = leadingFindings(answer);
  const said = verdict.culprit === null ? 'nothing unusual' : `${verdict.finding ?? 'no shape'} of ${placeOf(answer)}`;
  const confidence = verdict.confidence;
  const services = injected.map((name) => `${faults[name].culprit.service}${suffix}`);
  const scores = answer.suspects.map(({ score }) => score);
  const faultAt = answer.suspects.findIndex(({ service }) => services.includes(service));
  const sure = { confidence, scores, faultAt };
  if (injected.length === 0) {
    const right = verdict.culprit === null;
    return {
      right,
      culprit: right,
      shape: right,
      place: right,
      culpritTop3: right,
      rightTop3: right,
      ...sure,
      said,
    };
  }
  const top3 = injected.map((name) => amongFirst(name, suffix, answer));
  const culpritTop3 = top3.every(({ culprit }) => culprit);
  const rightTop3 = top3.every(({ right }) => right);
  if (injected.length > 1) {
    const [shape, place] = [top3.every((one) => one.shape), top3.every((one) => one.place)];
    return { right: rightTop3, culprit: culpritTop3, shape, place, culpritTop3, rightTop3, ...sure, said };
  }
  const [name] = injected as readonly [FaultName];
  const culprit = verdict.culprit?.service === `${faults[name].culprit.service}${suffix}`;
  const shape = verdict.finding !== null && namedBy[name].includes(verdict.finding);
  const place = leading !== undefined && isAtPlace(name, suffix, leading, verdict.culprit?.instance);
  return { right: culprit && shape && place, culprit, shape, place, culpritTop3, rightTop3, ...sure, said };
}

/** The finding that the verdict rests on comes first. */
function leadingFindings({ verdict, findings }: Answer): readonly Finding[] {
  const leads = findings.find(
    ({ id, culprit }) => id === verdict.finding && culprit.service === verdict.culprit?.service,
  );
  return leads === undefined ? findings : [leads, ...findings.filter((finding) => finding !== leads)];
}

function amongFirst(name: FaultName, suffix: string, answer: Answer) {
  const service = `${faults[name].culprit.service}${suffix}`;
  const findings = leadingFindings(answer)
    .slice(0, first)
    .filter(({ culprit }) => culprit.service === service);
  const shaped = findings.filter(({ id }) => namedBy[name].includes(id));
  const suspected = answer.suspects.slice(0, first).some((suspect) => suspect.service === service);
  const place = shaped.some((finding) => isAtPlace(name, suffix, finding));
  return { culprit: suspected || findings.length > 0, shape: shaped.length > 0, place, right: place };
}

/** A queue at one instance must name the instance; all others the operation, where it is one. */
function isAtPlace(name: FaultName, suffix: string, finding: Finding, instance?: string): boolean {
  if (name === 'instance-queue') return (finding.culprit.instance ?? instance) !== undefined;
  const { culprit } = faults[name];
  return namesOperation(finding, { ...culprit, service: `${culprit.service}${suffix}` });
}

function placeOf({ verdict: { culprit } }: Answer): string {
  return `${culprit?.service ?? ''} ${culprit?.operation ?? ''}${culprit?.instance === undefined ? '' : ` (one instance)`}`.trim();
}
