const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** Reads a size such as `512MiB` or `20 GB`; a bare number is bytes. `null` when it is none. */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) return null;
  const factor = units[(match[2] === '' ? 'B' : (match[2] ?? '')).toUpperCase()];
  return factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** `1536` → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB', 'TiB']) {
    if (value < 1024 || unit === 'TiB') {
      const digits = unit === 'B' || value >= 100 ? 0 : 1;
      return `${value.toFixed(digits)} ${unit}`;
    }
    value /= 1024;
  }
  return `${bytes} B`;
}
