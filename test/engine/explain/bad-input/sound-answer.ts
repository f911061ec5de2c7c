import { Effect } from 'effect';
import { expect } from 'vitest';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../../src/engine/explain/evidence/check.ts';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import type { Question } from '../../../../src/engine/explain/question.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';
import { explanationFormats, render } from '../../../../src/engine/explain/render/render.ts';
import type { openExplainStore } from '../real-store.ts';

type ExplainStore = Awaited<ReturnType<typeof openExplainStore>>;

const hourMs = 3_600_000;
/** A full hour of the last half day: what is older than the retention would vanish on insert. */
export const anHour = (ago: number): number => Math.floor(Date.now() / hourMs) * hourMs - ago * hourMs;

export const idOf = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);

/** Asks, and checks what holds for every answer whatever was received: see `expectSound`. */
export async function soundAnswer(store: ExplainStore, question: Question): Promise<Explanation> {
  const answer = await store.run(explainQuestion(question));
  expectSound(answer);
  const checked = await store.run(
    Effect.forEach(allEvidence(answer), ({ evidence }) => recheck(evidence), { concurrency: 2 }),
  );
  expect(checked.filter((one) => !('holds' in one) || !one.holds)).toEqual([]);
  return answer;
}

/** All formats come, all numbers are numbers, the path sums to the latency, and every span is shown once. */
export function expectSound(answer: Explanation): void {
  for (const format of explanationFormats) {
    const shown = render(answer, format, { width: 80, paint: noPaint });
    expect(shown.length, format).toBeGreaterThan(0);
    expect(shown, format).not.toMatch(/\b(undefined|NaN|Infinity|Invalid Date|\[object Object\])\b/);
  }
  // JSON would make nulls of them.
  expect(unsayable(answer, 'answer')).toEqual([]);
  if (answer.trace === null) return;
  const onPath = answer.path.reduce((sum, { selfMs }) => sum + selfMs, 0);
  // Centuries have no digits left for nanoseconds.
  expect(Math.abs(onPath - answer.trace.durationMs)).toBeLessThan(0.001 + answer.trace.durationMs * 1e-9);
  expect(new Set(answer.spans.map(({ spanId }) => spanId)).size).toBe(answer.spans.length);
}

export const missingText = ({ missing }: Explanation): string => missing.map(({ text }) => text).join('\n');

/** Where numbers are that are none, as paths. */
function unsayable(value: unknown, path: string): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path}: ${value}`];
  if (typeof value !== 'object' || value === null) return value === undefined ? [`${path}: undefined`] : [];
  return Object.entries(value).flatMap(([name, inner]) => unsayable(inner, `${path}.${name}`));
}
