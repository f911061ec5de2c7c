import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { allEvidence } from '../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../src/engine/explain/evidence/check.ts';
import { explainQuestion, type ExplainFailure } from '../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { Question } from '../../../src/engine/explain/question.ts';
import type { QueryClient } from '../../../src/engine/store/query-client.ts';
import { kindOf } from './explain-cases.ts';
import { judgeAnswer, judgeTrace, type JudgedAnswer } from './judge-answer.ts';
import { instrumented, type StoredShop } from './run-explained-shop.ts';

export interface AnswerRun extends JudgedAnswer {
  /** The worst trace, as the demo asks; or the time since the fault, of the shop's services. */
  readonly asked: 'trace' | 'range';
  readonly seconds: number;
  /** Statements of its evidence, and how many gave the same rows when they were run again. */
  readonly evidence: { readonly all: number; readonly equal: number; readonly differ: readonly string[] };
}

export interface ExplainRun extends StoredShop {
  readonly kind: string;
  readonly answers: readonly AnswerRun[];
}

/** What is asked about a shop: its worst trace, if it has one, and the time since the fault. */
export const questionsAbout = ({ worstTrace, times, suffix, storedAt }: StoredShop): readonly Question[] => [
  ...(worstTrace === null ? [] : [{ ask: 'trace', traceId: worstTrace } as const]),
  {
    ask: 'range',
    range: { fromMs: times.faultAt, toMs: storedAt },
    services: instrumented.map((service) => `${service}${suffix}`),
  },
];

/** What `explain` answers about a shop, judged. @param keepAnswers a folder for the answers */
export const askAbout = (
  shop: StoredShop,
  keepAnswers?: string,
): Effect.Effect<ExplainRun, ExplainFailure, QueryClient> =>
  Effect.map(
    Effect.forEach(questionsAbout(shop), (question) => ask(shop, question, keepAnswers)),
    (answers) => ({ ...shop, kind: kindOf(shop), answers }),
  );

const ask = Effect.fnUntraced(function* (
  shop: StoredShop,
  question: Question,
  keepAnswers: string | undefined,
): Effect.fn.Return<AnswerRun, ExplainFailure, QueryClient> {
  const began = performance.now();
  const answer = yield* explainQuestion(question);
  const seconds = (performance.now() - began) / 1000;
  const asked = question.ask === 'trace' ? 'trace' : 'range';
  if (keepAnswers !== undefined) keep(keepAnswers, `${kindOf(shop)} ${shop.seed} ${asked}`, answer);
  const checks = yield* Effect.forEach(allEvidence(answer), ({ evidence }) =>
    recheck(evidence).pipe(Effect.map((check) => ({ check, title: evidence.title }))),
  );
  const differ = checks.filter(({ check }) => !('holds' in check && check.holds)).map(({ title }) => title);
  return {
    asked,
    ...(asked === 'trace' ? judgeTrace : judgeAnswer)(shop.faults, shop.suffix, answer),
    seconds,
    evidence: { all: checks.length, equal: checks.length - differ.length, differ },
  };
});

function keep(folder: string, name: string, answer: Explanation): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^a-z0-9]+/g, '-')}.json`), `${JSON.stringify(answer)}\n`);
}
