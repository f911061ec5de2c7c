import type { TraceContext } from '../context.ts';
import type { TreeSpan } from '../tree-span.ts';
import { shortageOf } from './cpu-throttling.ts';
import { collecting } from './gc-pause.ts';
import { growthOf } from './memory-leak.ts';
import { instanceOf, isOfProcess } from './process.ts';

/** The span's process stands still now and then, whatever it is asked: it collects garbage, lacks CPU, or fills its heap. */
export function isStalled(span: TreeSpan, context: TraceContext): boolean {
  if (collecting(span, context) !== undefined || shortageOf(span, context) !== undefined) return true;
  const instance = instanceOf(span);
  return context.memory.some(
    (series) =>
      series.service === span.service && isOfProcess(series.instance, instance) && growthOf(series) !== undefined,
  );
}
