import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}
/** `break`: the connection ends in the middle. `hang`: no answer ever. */
export type Scripted =
  'break' | 'hang' | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A server that gives one scripted answer after the other, the last for ever: what networks and proxies do, not what a service means. */
export async function scriptedServer(answers: readonly Scripted[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push({
        method,
        path: url,
        key: headers['idempotency-key'] as string | undefined,
        authorization: headers.authorization,
        body,
      });
      if (answer === 'hang' || answer === undefined) return;
      if (answer === 'break') return void request.socket.destroy();
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export const problem = (kind: string, status: number, more: object = {}) => ({
  type: `urn:tallystick:problem:${kind}`,
  title: 'No',
  status,
  detail: 'Because.',
  ...more,
});
