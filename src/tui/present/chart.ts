import { plot } from 'asciichart';
import { resample } from './sparkline.ts';
import { fit } from './text.ts';

const labelWidth = 8;

/**
 * A line chart as rows of text, exactly `width` × `height`. The lowest line is zero, so that heights can be compared.
 * @param format writes the labels of the axis, at most 7 columns
 */
export function chart(
  values: readonly number[],
  width: number,
  height: number,
  format: (value: number) => string,
): string[] {
  const room = Math.max(1, width - labelWidth - 2);
  const series = stretch(resample(values, room, 'max'), room);
  const top = Math.max(...series, 0);
  const blank = Array.from({ length: height }, () => ' '.repeat(width));
  if (series.length === 0 || top === 0 || height < 2) return blank;
  const drawn = plot(series, {
    height: height - 1,
    min: 0,
    max: top,
    format: (value) => fit(format(value), labelWidth, 'right'),
    offset: 2,
  });
  return drawn
    .split('\n')
    .slice(0, height)
    .map((row) => fit(row, width));
}

/** Repeats values so that a short series still fills the chart. */
function stretch(values: readonly number[], width: number): number[] {
  if (values.length === 0) return [];
  return Array.from({ length: width }, (_, i) => values[Math.floor((i * values.length) / width)] ?? 0);
}
