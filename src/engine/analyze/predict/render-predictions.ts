import type { Prediction } from '../../domain/prediction.ts';
import { shortNumber } from '../files/plot.ts';
import { toldTable } from '../files/told-table.ts';
import { momentText, percentText } from './words.ts';

/** Claims that are listed at once. */
export const mostListed = 200;

/** A claim a row, open and marked ones, followed by what it says and what came. */
export function renderPredictions(predictions: readonly Prediction[], width: number): string {
  const columns = ['made (UTC)', 'for (UTC)', 'outcome', 'how sure'].map((name) => ({ name, type: 'String' }));
  const rows = predictions.map((prediction) => ({
    cells: [
      momentText(prediction.madeMs),
      timeOf(prediction.atMs === null || prediction.kind !== 'interval' ? prediction.likelyMs : prediction.atMs),
      prediction.outcome,
      percentText(prediction.probability),
    ],
    told: [`${prediction.title}: ${claimText(prediction)}${actualText(prediction)}`],
  }));
  return toldTable(columns, rows, width);
}

const timeOf = (ms: number | null): string => (ms === null ? '–' : momentText(ms));

function claimText({ kind, low, high, earliestMs, latestMs, atMs }: Prediction): string {
  if (kind === 'interval') return `between ${numberOf(low)} and ${numberOf(high)}`;
  const end = latestMs === null ? `up to ${timeOf(atMs)}` : `at the latest ${momentText(latestMs)}`;
  return earliestMs === null ? end : `at the earliest ${momentText(earliestMs)}, ${end}`;
}

/** Of a crossing and a spent budget what came is a time. */
function actualText({ kind, actual }: Prediction): string {
  if (actual === null) return '';
  return kind === 'interval' ? `; it was ${shortNumber(actual)}` : `; it came ${momentText(actual)}`;
}

const numberOf = (value: number | null): string => (value === null ? '–' : shortNumber(value));
