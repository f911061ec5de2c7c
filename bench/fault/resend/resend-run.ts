import { Agent, request as httpRequest } from 'node:http';
import type { Repeats } from '../../../src/engine/config/settings.ts';
import { startTestDaemon } from '../../../test/support/daemon-fixture.ts';
import { seededRandom } from '../../../test/support/random.ts';
import type { Ledger, Verdict } from '../kill-loop.ts';
import { numberedRequest } from '../requests.ts';
import { judgeDaemon } from '../stall/steady-load.ts';

export interface ResendVerdict extends Verdict {
  readonly sent: number;
  /** Sent again because the answer was lost on its way … */
  readonly answersLost: number;
  /** … or because the sender hung up before there was one. */
  readonly hungUp: number;
  /** What the daemon counted as repeated. */
  readonly repeated: number;
}

/** What becomes of one try: the sender reads the answer, never sees it, or hangs up as soon as the body is sent. */
type Fate = 'answered' | 'answer-lost' | 'hung-up';

/** A sender that repeats a request, byte for byte, until it hears yes, as the Collector does; a third of its tries are in vain. */
export async function resend(options: {
  readonly requests: number;
  readonly seed: number;
  readonly repeats: Repeats;
}): Promise<ResendVerdict> {
  const random = seededRandom(options.seed);
  await using daemon = await startTestDaemon(undefined, { repeats: options.repeats });
  const ledger: Ledger = { acknowledged: new Map(), nextRequest: 0, refused: 0, unanswered: 0 };
  const sent = { sent: 0, answersLost: 0, hungUp: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const sender = async (): Promise<void> => {
    while (ledger.nextRequest < options.requests) {
      const request = ledger.nextRequest++;
      const rows = 1 + random.int(20);
      const { signal, body } = numberedRequest(request, rows, Date.now());
      for (let answered = false; !answered;) {
        const fate = random.pick<Fate>(['answered', 'answered', 'answered', 'answered', 'answer-lost', 'hung-up']);
        const status = await attempt(agent, new URL(`/v1/${signal}`, daemon.state.endpoints.otlpHttp), body, fate);
        sent.sent += 1;
        if (fate === 'answer-lost') sent.answersLost += 1;
        if (fate === 'hung-up') sent.hungUp += 1;
        answered = status === 200;
      }
      ledger.acknowledged.set(request, rows);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  agent.destroy();
  const { repeatedRequests } = await daemon.status();
  const repeated = Object.values(repeatedRequests).reduce((sum, count) => sum + count, 0);
  return { ...sent, repeated, ...(await judgeDaemon(daemon, ledger, [])) };
}

/** The status that the sender gets to see; 0 for none. */
function attempt(agent: Agent, url: URL, body: Uint8Array, fate: Fate): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const post = httpRequest(url, { agent, method: 'POST', headers });
    post.on('error', () => resolve(0));
    post.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(fate === 'answered' ? (answer.statusCode ?? 0) : 0));
    });
    post.end(body, () => {
      // The whole body is with the kernel: the daemon gets it, and nobody waits for what it says.
      if (fate === 'hung-up') setImmediate(() => post.destroy(new Error('hung up')));
    });
  });
}
