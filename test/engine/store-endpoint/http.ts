import { connect } from 'node:net';

/** One answer, with its body as text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

/** A POST with the statement as body, as `curl --data-binary` sends it. */
export async function ask(
  url: string,
  sql: string,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/?${new URLSearchParams(query)}`, { method: 'POST', body: sql, headers });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** What a socket answers to raw bytes, until it closes or says `until`. For what `fetch` would not send. */
export function raw(url: string, bytes: string | Buffer, until?: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (until !== undefined && received.includes(until)) socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(received) : reject(error),
    );
    socket.once('close', () => resolve(received));
    socket.write(bytes);
  });
}
