import { mebibytes } from '../../support/process-memory.ts';

/** Means of the second and the last quarter: what grows without end grows between them. */
export function trend(samples: readonly number[]): {
  readonly 'early MiB': number;
  readonly 'late MiB': number;
  readonly flat: boolean;
} {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
  const [early, late] = [mean(samples.slice(quarter, 2 * quarter)), mean(samples.slice(-quarter))];
  return { 'early MiB': mebibytes(early), 'late MiB': mebibytes(late), flat: late < early * 1.15 + 32 * 1024 * 1024 };
}
