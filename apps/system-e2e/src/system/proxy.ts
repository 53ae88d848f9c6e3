import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface ProxiedAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** What stands between caller and server: it may pass a request on, or another one in its place, or answer by itself, late or never. */
export type Between = (request: ProxiedRequest, pass: () => Promise<ProxiedAnswer>) => Promise<ProxiedAnswer>;

export interface Proxy {
  readonly url: string;
  /** Passes everything on until it is another one. */
  between: Between;
  /** Sends a request to the server, whatever stands between. */
  readonly send: (request: ProxiedRequest) => Promise<ProxiedAnswer>;
  readonly close: () => Promise<void>;
}

const ofTheConnection = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'expect'];
export const passOn: Between = (_, pass) => pass();

/** An HTTP proxy on this machine. @param to the address of the server, without a path. */
export async function startProxy(to: string): Promise<Proxy> {
  const send: Proxy['send'] = async ({ method, path, headers, body }) => {
    const kept = Object.entries(headers).filter(([name]) => !ofTheConnection.includes(name));
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const answer = await fetch(to + path, {
      ...{ method, headers: Object.fromEntries(kept) },
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    });
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  };
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/' } = incoming;
    const answered = buffer(incoming).then((body) => {
      const request = { method, path, headers: incoming.headers as Record<string, string>, body };
      return proxy.between(request, () => send(request));
    });
    answered.then(
      ({ status, body }) => outgoing.writeHead(status).end(body),
      () => incoming.socket.destroy(), // the server is away: so it is for the caller
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    between: passOn,
    send,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}
