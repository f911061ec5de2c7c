import { Effect } from 'effect';
import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import { type Signal, signals } from '../../../src/engine/domain/signals.ts';
import { parseStorageTask } from '../../../src/engine/domain/storage-task.ts';
import type { SignalEncoder } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { MessageFraming } from '../../../src/engine/receive/grpc/grpc-framing.ts';
import { hintForPath, signalOfPath } from '../../../src/engine/receive/http/http-paths.ts';
import { algorithmOf } from '../../../src/engine/receive/inflaters.ts';
import { checkSettings, checkText } from '../../../src/engine/store/guard/check-text.ts';
import { tokenize, UnreadableSql } from '../../../src/engine/store/guard/tokens.ts';
import { type Random, seededRandom } from '../../../test/support/random.ts';
import type { Corpus } from './corpus.ts';
import { mutate } from './mutate.ts';

/** What one input came to: taken, refused in the way that is meant for it, or something else. */
export type Verdict = 'taken' | 'refused' | { readonly crash: unknown; readonly input: Buffer };

export const entryPoints = [
  'decode protobuf',
  'decode JSON',
  'gRPC framing',
  'paths and encodings',
  'SQL text',
  'tasks of the store',
] as const;
export type EntryPoint = (typeof entryPoints)[number];

/** Of a hundred inputs: what each costs is why JSON gets fewer. */
const shares: readonly (readonly [EntryPoint, number])[] = [
  ['decode protobuf', 60],
  ['decode JSON', 12],
  ['gRPC framing', 12],
  ['paths and encodings', 6],
  ['SQL text', 8],
  ['tasks of the store', 2],
];
const blockRows = 5000;

/** The functions that the receivers and the query endpoint call with a sender's bytes, called with mutated ones. */
export class InProcess {
  private readonly corpus: Corpus;
  private readonly encoders: Readonly<Record<Signal, SignalEncoder>>;

  constructor(corpus: Corpus) {
    this.corpus = corpus;
    const [traces, logs, metrics] = signals.map((signal) => makeSignalEncoder(signal)) as [
      SignalEncoder,
      SignalEncoder,
      SignalEncoder,
    ];
    this.encoders = { traces, logs, metrics };
  }

  /** Which entry point and which input follow from the seed alone. */
  run(seed: number): { readonly entry: EntryPoint; readonly verdict: Verdict } {
    const random = seededRandom(seed);
    let draw = random.int(100);
    const entry = (shares.find(([, share]) => (draw -= share) < 0) ?? shares[0])?.[0] ?? 'decode protobuf';
    const signal = random.pick(signals);
    const from = this.inputs(entry, signal);
    const input = mutate(random.pick(from), from, random);
    try {
      return { entry, verdict: this.feed(entry, signal, input, random) ? 'taken' : 'refused' };
    } catch (crash) {
      if (crash instanceof MalformedPayload || crash instanceof UnreadableSql) return { entry, verdict: 'refused' };
      return { entry, verdict: { crash, input } };
    }
  }

  private inputs(entry: EntryPoint, signal: Signal): readonly Buffer[] {
    if (entry === 'tasks of the store') return this.corpus.tasks;
    if (entry === 'SQL text' || entry === 'paths and encodings') return this.corpus.statements;
    return this.corpus[entry === 'decode JSON' ? 'json' : 'protobuf'][signal];
  }

  private feed(entry: EntryPoint, signal: Signal, input: Buffer, random: Random): boolean {
    switch (entry) {
      case 'decode protobuf':
      case 'decode JSON': {
        const encoder = this.encoders[signal];
        const { accepted } = encoder.append(input, entry === 'decode JSON' ? 'json' : 'protobuf', Date.now());
        if (encoder.rows > blockRows) encoder.take();
        return accepted > 0;
      }
      case 'gRPC framing':
        return framed(input, random);
      case 'paths and encodings': {
        const text = input.toString('latin1');
        hintForPath(`/${text}`);
        return signalOfPath(text) !== undefined && algorithmOf(text) !== undefined;
      }
      case 'tasks of the store':
        return Effect.runSync(
          parseStorageTask(input.toString('utf8')).pipe(
            Effect.match({ onFailure: () => false, onSuccess: () => true }),
          ),
        );
      case 'SQL text': {
        const tokens = tokenize(input.toString('utf8'));
        checkSettings(tokens);
        return checkText(tokens) === undefined;
      }
    }
  }
}

/** The message under a head that is right, nearly right or noise, in pieces of any size. */
function framed(message: Buffer, random: Random): boolean {
  const head = Buffer.alloc(5);
  head[0] = random.int(20) === 0 ? random.int(256) : 0;
  head.writeUInt32BE(random.int(5) === 0 ? random.int(2 ** 20) : message.length, 1);
  const whole = Buffer.concat([head, message]);
  let refused = false;
  let got = 0;
  const framing = new MessageFraming({
    begin: (compressed) => !compressed,
    bytes: (piece) => (got += piece.length),
    bad: () => (refused = true),
  });
  for (let at = 0; at < whole.length;) {
    const size = 1 + random.int(whole.length);
    framing.push(whole.subarray(at, at + size));
    at += size;
  }
  return framing.end() && !refused && got === message.length;
}
