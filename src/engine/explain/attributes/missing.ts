import type { Missing } from '../explanation.ts';
import { fewestBad } from './find-splits.ts';
import type { Both } from './request-table.ts';
import { sampleOf, type Reading } from './value-sql.ts';

/** What keeps attributes from telling, or tells less than all. `related`: spans of other services, null where none were asked for. */
export function missingOf(found: {
  readonly reading: Reading;
  readonly read: Both;
  readonly related: number | null;
}): readonly Missing[] {
  const { reading, read, related } = found;
  const missing: Missing[] = [];
  if (read.bad < fewestBad) {
    missing.push({
      text: `No attribute can be told to separate anything: ${read.bad === 0 ? 'there are no' : `only ${read.bad}`} ${reading.bad.label}.`,
      settle: 'a longer time',
    });
  } else if (read.good === 0) {
    missing.push({
      text: `No attribute can be told to separate anything: of what to compare with (${reading.good.label}) there is nothing.`,
      settle: 'a longer time, or sampling that keeps fine requests too',
    });
  }
  const part = (requests: number, of: number, label: string): void => {
    if (of >= sampleOf || requests === 0) return;
    missing.push({
      text: `Attributes were read of ${requests.toLocaleString('en-US')} ${label}, ${Math.max(0.01, Number(((100 * of) / sampleOf).toPrecision(2)))} % of them.`,
      settle: 'a shorter time',
    });
  };
  part(read.bad, reading.badOf, reading.bad.label);
  part(read.good, reading.goodOf, reading.good.label);
  if (related === 0 && read.bad > 0) {
    missing.push({
      text: `The traces hold no spans of ${reading.alsoSpansOf.join(', ')}.`,
      settle: 'instrumentation that passes the trace context on to them',
    });
  }
  return missing;
}
