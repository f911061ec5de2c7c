import { describe, expect, it } from 'vitest';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { tracesRequest } from '../../support/otlp-payloads.ts';

const now = Date.UTC(2026, 0, 1);

describe('memory of blocks', () => {
  it('is used again once a block was given back, and holds the next block’s bytes', () => {
    const encoder = makeSignalEncoder('traces');
    const first = blocksOf(encoder, 1);
    const memory = first[0]?.body.buffer;
    encoder.giveBack?.(first);
    const second = blocksOf(encoder, 2);
    expect(second[0]?.body.buffer).toBe(memory);
    expect(second).toEqual(blocksOf(makeSignalEncoder('traces'), 2));
  });

  it('is never shared by two blocks, even if one is given back twice', () => {
    const encoder = makeSignalEncoder('traces');
    const first = blocksOf(encoder, 1);
    encoder.giveBack?.(first);
    encoder.giveBack?.(first);
    const [second, third] = [blocksOf(encoder, 2), blocksOf(encoder, 3)];
    expect(second[0]?.body.buffer).not.toBe(third[0]?.body.buffer);
    expect(second).toEqual(blocksOf(makeSignalEncoder('traces'), 2));
    expect(third).toEqual(blocksOf(makeSignalEncoder('traces'), 3));
  });

  it('of a block that is still read stays as it is', () => {
    const encoder = makeSignalEncoder('traces');
    const kept = blocksOf(encoder, 1);
    const copy = structuredClone(kept);
    encoder.giveBack?.(blocksOf(encoder, 2));
    blocksOf(encoder, 3);
    expect(kept).toEqual(copy);
  });
});

function blocksOf(encoder: ReturnType<typeof makeSignalEncoder>, seed: number) {
  encoder.append(tracesRequest({ seed }), 'protobuf', now);
  return encoder.take();
}
