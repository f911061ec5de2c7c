import type { RankedEntity, Term } from './result.ts';

const whole = (share: number): string => `${Math.round(share * 100)} %`;

/** Three digits are as many as a person compares. */
function number(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(2);
  return size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Why an entity stands where it does, in one line of plain words, the weightiest first. */
export function whyOf({ terms, score }: RankedEntity): string {
  if (terms.length === 0 || !(score > 0)) return 'nothing unusual; the alarmed entity depends on it';
  return terms.map(termText).join('; ');
}

function termText(term: Term): string {
  switch (term.term) {
    case 'flow': {
      const part = `${whole(term.through)} of the alarm's ${term.kind} passes through it, ${whole(term.own)} of that its own`;
      const from =
        term.kind === 'errors'
          ? `${share(term.usual)} → ${share(term.present)} failed`
          : `${number(term.usual)} → ${number(term.present)}`;
      return Number.isNaN(term.present) ? part : `${part} (${from})`;
    }
    case 'metric':
      return `${term.metric} ${number(term.usual)} → ${number(term.present)}, ${number(term.deviations)} spreads above its usual`;
    case 'host':
      return `${term.deviating} of ${term.residents} on this host deviate together, and next to nothing elsewhere`;
    case 'source':
      return term.why;
    case 'late':
      return 'but it began after the alarm’s trouble';
  }
}

const share = (value: number): string => `${number(value * 100)} %`;
