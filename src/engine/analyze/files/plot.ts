import { plot } from 'asciichart';

const height = 12;
const labelWidth = 9;

export function terminalWidth(): number {
  return process.stdout.columns ?? 100;
}

/** Where the values of a chart stand: columns left of them, and how many there are. asciichart adds two of its own. */
export function plotRoom(width: number): { readonly left: number; readonly columns: number } {
  return { left: labelWidth + 2, columns: Math.max(10, width - labelWidth - 3) };
}

/**
 * Lines over the same steps as a chart of text, `width` columns wide at most: each column shows the extreme of the steps that
 * fall on it, so that no peak is lost. What is missing is drawn as what came before it (asciichart knows no gaps).
 */
export function drawLines(lines: readonly Float64Array[], width: number): string {
  const drawn = lines.map((line) => filled(shrink(line, plotRoom(width).columns)));
  const finite = drawn.flat();
  if (finite.length === 0) return '(no values)';
  const [min, max] = [Math.min(...finite), Math.max(...finite)];
  const flat = max === min ? { min: min - 1, max: max + 1 } : { min, max };
  return plot(drawn, {
    height,
    ...flat,
    format: (value) => shortNumber(value).padStart(labelWidth),
  });
}

function filled(values: readonly number[]): readonly number[] {
  let last = values.find(Number.isFinite);
  if (last === undefined) return [];
  return values.map((value) => (last = Number.isFinite(value) ? value : (last ?? value)));
}

function shrink(values: Float64Array, width: number): number[] {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const part = values.subarray(
      Math.floor((column * values.length) / columns),
      Math.max(
        Math.floor(((column + 1) * values.length) / columns),
        Math.floor((column * values.length) / columns) + 1,
      ),
    );
    return extremeOf(part);
  });
}

/** The value that is furthest from the mean of all; NaN where there is none. */
function extremeOf(values: Float64Array): number {
  const known = values.filter(Number.isFinite);
  const middle = known.reduce((sum, value) => sum + value / known.length, 0);
  return known.reduce(
    (extreme, value) => (Math.abs(value - middle) > Math.abs(extreme - middle) ? value : extreme),
    known[0] ?? Number.NaN,
  );
}

/** At most nine characters, four digits that count. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}
