import { wrap } from '../explain/render/columns.ts';
import { noPaint, type Paint } from '../explain/render/paint.ts';
import { renderText } from '../explain/render/text.ts';
import { durationText } from '../explain/format.ts';
import type { DemoResult, Judgement } from './demo-result.ts';
import { isWorse, type Symptom } from './symptoms.ts';

const judgements: Readonly<Record<Judgement, string>> = {
  right: 'The explanation names it.',
  operation: 'It names service and cause, but as one of another operation.',
  service: 'The explanation names the service, but not this cause.',
  wrong: 'The explanation does not name it.',
};

/** The result for people: what customers felt, the explanation, what had been injected, and what to type next. */
export function renderResult(result: DemoResult, width = 80, paint: Paint = noPaint): string {
  const { counts, faults, explanation, worstTrace } = result;
  const lines: string[] = [
    paint.accent('What customers felt'),
    ...symptomLines(result.symptoms, faults.length > 0, width),
  ];
  if (explanation !== null && worstTrace !== null) {
    lines.push(
      '',
      paint.accent(`obs explain ${worstTrace.traceId}`),
      '',
      renderText(explanation, { width, paint }).trimEnd(),
    );
  }
  if (faults.length > 0) lines.push('', paint.accent('What the demo had done'));
  for (const { name, culprit, judgement } of faults) {
    lines.push(
      ...wrap(
        `${name}: ${[culprit.service, culprit.operation].filter(Boolean).join(', ')}: ${culprit.what}.`,
        width,
        '  ',
      ),
      ...wrap(judgements[judgement], width, '  '),
    );
  }
  const { stored } = counts;
  lines.push(
    '',
    ...wrap(
      `${counts.sent} requests, ${counts.failed} failed; stored ${stored.spans} spans, ${stored.logs} log records, ${stored.points} metric points, in ${durationText(result.durationMs)}.`,
      width,
    ).map(paint.dim),
    '',
    paint.accent('Type next'),
    '  obs watch',
    `  obs traces --since 10m ${faults.some(({ name }) => name === 'error-burst') ? '--errors' : '--slowest'}`,
    ...(worstTrace === null ? [] : [`  obs logs --trace ${worstTrace.traceId}`]),
    '  obs incidents    (what the analyzer found, once it knows what is usual)',
    ...(result.startedBackend ? ['  obs down    (the backend stays up, with these data, until then)'] : []),
  );
  return lines.join('\n');
}

/** With a fault only what got worse has figures: the rest is noise that would distract from it. */
function symptomLines(symptoms: readonly Symptom[], hasFault: boolean, width: number): readonly string[] {
  if (!hasFault) return symptomTable(symptoms, false);
  const worse = symptoms.filter(isWorse);
  const rest = symptoms.filter((symptom) => !isWorse(symptom)).map(({ operation }) => operation);
  return [
    ...(worse.length === 0 ? ['  Nothing got worse.'] : symptomTable(worse, true)),
    ...(rest.length === 0 ? [] : wrap(`No change for the worse: ${rest.join(', ')}`, width, '  ')),
  ];
}

function symptomTable(symptoms: readonly Symptom[], hasFault: boolean): readonly string[] {
  const widest = Math.max(...symptoms.map(({ operation }) => operation.length), 0);
  return symptoms.map(({ operation, before, after }) => {
    const name = `  ${operation.padEnd(widest)}`;
    if (!hasFault) return `${name}  p95 ${durationText(before.p95Ms)}, ${failures(before)}`;
    const p95 = `${durationText(before.p95Ms).padStart(7)} → ${durationText(after.p95Ms)}`;
    return `${name}  p95 ${p95.padEnd(18)}  ${failures(before)} → ${failures(after)}`;
  });
}

const failures = ({ calls, errors }: Symptom['before']): string =>
  `${calls === 0 ? 0 : Math.round((100 * errors) / calls)} % failed`;
