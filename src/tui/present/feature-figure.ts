import { compact, duration, percent } from './numbers.ts';

/** Features whose unit is a share of one; others tell their unit by their ending. See docs/features.md. */
const shares = /^(?:cpu|eventloop|sampled)$|_(?:share|rate)$/;

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A value of a feature of the analyzer as people read it: `p99_ms` 738 is `738ms`, `error_rate` 0.091 is `9.10%`. */
export function featureFigure(feature: string, value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (feature.endsWith('_ms')) return value < 0 ? `${compact(value)}ms` : duration(value * 1e6);
  if (feature.endsWith('_bytes')) return bytes(value);
  if (shares.test(feature)) return value < 0 ? `${compact(value * 100)}%` : percent(value);
  return compact(value);
}

function bytes(value: number): string {
  const step = Math.max(0, Math.min(byteUnits.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
  return `${compact(value / 1024 ** step)} ${byteUnits[step] ?? 'B'}`;
}
