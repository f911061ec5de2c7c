import type { Span, TraceData } from '../../src/engine/explain/span.ts';

/**
 * Draws a trace as text, a line a span, indentation as parenthood, times in milliseconds:
 *
 *   web: GET /checkout              server    0 +220
 *     web: POST checkout            client    2 +210  error="timed out"
 *       checkout: POST /checkout    server    5 +200  host.name=b service.version=2.0
 *
 * After the duration: `error` or `error="message"`, `id=x`, `parent=x` (overrides indentation), `event=name@ms`,
 * and attributes; those that belong to a resource by their name become resource attributes.
 * Without `id=` spans are numbered from 1 in order of their lines: 0000000000000001 …
 */
export function drawSpans(picture: string): Span[] {
  const open: { indent: number; id: string }[] = [];
  const lines = picture.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  return lines.map((line, at) => {
    const match =
      /^(\s*)(\S+): (.+?)\s+(server|client|internal|producer|consumer)\s+(-?[\d.]+)\s*\+\s*([\d.]+)(.*)$/.exec(line);
    if (match === null) throw new Error(`Cannot read this line of the drawing: ${line}`);
    const [, indent, service, operation, kind, start, duration, rest] = match as unknown as string[];
    const words = wordsOf(rest!);
    const id = spanId(words.get('id') ?? String(at + 1));
    while (open.length > 0 && open.at(-1)!.indent >= indent!.length) open.pop();
    const parent = words.has('parent') ? spanId(words.get('parent')!) : (open.at(-1)?.id ?? '');
    open.push({ indent: indent!.length, id });
    const error = words.get('error');
    const event = words.get('event')?.split('@');
    const attributes = [...words].filter(([key]) => !['id', 'parent', 'error', 'event'].includes(key));
    return {
      spanId: id,
      parentSpanId: parent,
      service: service!,
      operation: operation!,
      kind: kind![0]!.toUpperCase() + kind!.slice(1),
      startNs: Math.round(Number(start) * 1e6),
      durationNs: Math.round(Number(duration) * 1e6),
      status: error === undefined ? 'Unset' : 'Error',
      statusMessage: error ?? '',
      attributes: Object.fromEntries(attributes.filter(([key]) => !isResource(key))),
      resource: Object.fromEntries(attributes.filter(([key]) => isResource(key))),
      events:
        event === undefined ? [] : [{ name: event[0]!, atNs: Math.round(Number(event[1] ?? 0) * 1e6), attributes: {} }],
      links: [],
      dropped: 0,
    };
  });
}

export function drawTrace(picture: string, startUnixMs = 1_700_000_000_000, traceId = defaultTraceId): TraceData {
  return {
    traceId,
    originNs: BigInt(startUnixMs) * 1_000_000n,
    spans: drawSpans(picture),
    logs: [],
    isCut: false,
    areLogsCut: false,
  };
}

export const defaultTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';
export const spanId = (short: string): string => (short === '' ? '' : short.padStart(16, '0'));

const isResource = (key: string): boolean =>
  key !== 'service.peer.name' && /^(service\.|host\.|k8s\.|deployment\.|process\.)/.test(key);

function wordsOf(text: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const [, key, quoted, bare] of text.matchAll(/([\w.#-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    words.set(key!, quoted ?? bare ?? '');
  }
  return words;
}
