/** Digits of a W3C trace id. */
export const traceIdDigits = 32;

/**
 * The digits of a trace id in whatever people paste: upper case, `0x`, dashes of a UUID, quotes, and the headers that carry
 * an id together with a span id: W3C `traceparent`, B3 (`{trace}-{span}-1`), Jaeger's `uber-trace-id` (`{trace}:{span}:0:1`),
 * AWS X-Ray (`Root=1-5759e988-bd862e3fe1be46a994272793`). Null where it is none of these.
 */
export function traceIdIn(text: string): string | null {
  const bare = text
    .trim()
    .toLowerCase()
    .replaceAll(/^["'<(]+|["'>),;]+$/g, '');
  const [, named] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(bare) ??
    /^([0-9a-f]{16}|[0-9a-f]{32})-[0-9a-f]{16}(?:-[01d](?:-[0-9a-f]{16})?)?$/.exec(bare) ??
    /^([0-9a-f]{1,32}):[0-9a-f]{1,16}:[0-9a-f]{1,16}:[0-9a-f]{1,2}$/.exec(bare) ??
    /^(?:root=)?1-([0-9a-f]{8}-[0-9a-f]{24})(?:;.*)?$/.exec(bare) ??
    [];
  const digits = (named ?? bare).replace(/^0x/, '').replaceAll('-', '');
  return /^[0-9a-f]+$/.test(digits) ? digits : null;
}
