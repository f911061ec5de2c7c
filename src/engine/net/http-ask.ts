import * as http from 'node:http';
import * as https from 'node:https';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** One request to an HTTP server, answered with its text: `fetch` knows no agents. */
export type Ask = (url: string, asked?: Asked) => Promise<Answered>;

/**
 * @param headers go with every request
 * @param agent for `https:` addresses
 */
export function askWith(headers: Readonly<Record<string, string>>, agent?: https.Agent): Ask {
  return (url, { method = 'GET', body, signal, headers: own = {} } = {}) =>
    new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, ...own }, ...(signal === undefined ? {} : { signal }) };
      const take = (response: http.IncomingMessage): void => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      };
      const request = url.startsWith('https:')
        ? https.request(url, { ...options, ...(agent === undefined ? {} : { agent }) }, take)
        : http.request(url, options, take);
      request.once('error', reject);
      request.end(body);
    });
}
