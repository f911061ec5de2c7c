/** A sender that knows no mercy, in a process of its own: `node overload-sender.ts <http|grpc> <url> <in flight> <seconds> <first id>`. */
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { spansRequest } from './requests.ts';

export interface SenderReport {
  readonly sent: number;
  readonly acknowledged: readonly number[];
  /** Refused requests by answer, e.g. `503, Retry-After: 1`. */
  readonly refused: Readonly<Record<string, number>>;
  readonly unanswered: number;
}

/** Spans of each request: all but one are the same in each, the last one carries the request's number. */
export const spansPerRequest = 500;
/** After a refusal; far less than senders are asked to wait. */
const impatienceMs = 25;

type Answer = 'acknowledged' | 'unanswered' | { readonly refused: string };

const bulk = Buffer.from(spansRequest(999_999_998, spansPerRequest - 1, Date.now()));
// Two requests behind each other are one: `resource_spans` is a repeated field.
const payloadOf = (id: number): Buffer => Buffer.concat([bulk, spansRequest(id, 1, Date.now())]);

async function overHttp(url: string, body: Buffer): Promise<Answer> {
  try {
    const headers = { 'content-type': 'application/x-protobuf' };
    const answer = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body) });
    await answer.arrayBuffer();
    if (answer.ok) return 'acknowledged';
    return { refused: `${answer.status}, Retry-After: ${answer.headers.get('retry-after') ?? 'none'}` };
  } catch {
    return 'unanswered';
  }
}

function overGrpc(client: grpc.Client, body: Buffer): Promise<Answer> {
  const same = (bytes: Buffer): Buffer => bytes;
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, same, same, body, (error) => {
      if (error === null) return resolve('acknowledged');
      const details = error.metadata.get('grpc-status-details-bin')[0];
      if (details === undefined && !error.details.includes('full')) return resolve('unanswered');
      const retry = details?.toString().includes('google.rpc.RetryInfo') === true ? 'RetryInfo' : 'no RetryInfo';
      return resolve({ refused: `${grpc.status[error.code]}, ${retry}` });
    });
  });
}

if (process.argv[1]?.endsWith('overload-sender.ts') === true) {
  const [transport = 'http', url = '', inFlight = '8', seconds = '10', firstId = '0'] = process.argv.slice(2);
  const clients = Array.from(
    { length: 4 },
    (_, index) =>
      new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': index,
      }),
  );
  const until = performance.now() + Number(seconds) * 1000;
  const acknowledged: number[] = [];
  const refused: Record<string, number> = {};
  let sent = 0;
  let unanswered = 0;
  const sender = async (index: number): Promise<void> => {
    while (performance.now() < until) {
      const id = Number(firstId) + sent++;
      const body = payloadOf(id);
      const client = clients[index % clients.length]!;
      const answer = await (transport === 'grpc' ? overGrpc(client, body) : overHttp(url, body));
      if (answer === 'acknowledged') acknowledged.push(id);
      else if (answer === 'unanswered') unanswered += 1;
      else {
        refused[answer.refused] = (refused[answer.refused] ?? 0) + 1;
        await sleep(impatienceMs);
      }
    }
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, (_, index) => sender(index)));
  process.send?.({ sent, acknowledged, refused, unanswered } satisfies SenderReport, () => process.exit(0));
}
