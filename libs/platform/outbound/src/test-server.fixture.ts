import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Plays one connection: gets the socket and how many requests came before this one, over all connections. */
export type Play = (socket: Socket, requestsBefore: number) => void;

export const http = (body: string, head = 'HTTP/1.1 200 OK'): string =>
  `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A server of our own words: it does what `play` says with each request (that fits into one packet). */
export class TestServer {
  requests: string[] = [];
  connections = 0;
  play: Play = (socket) => void socket.write(http('fine'));
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(tls?: { readonly key: string; readonly cert: string }) {
    const serve = (socket: Socket): void => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.requests.push(bytes.toString('utf8'));
        this.play(socket, this.requests.length - 1);
      });
    };
    this.#server = tls ? createTlsServer(tls, serve).on('tlsClientError', () => undefined) : createServer(serve);
  }

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#sockets.size;
  }

  forget(): void {
    this.requests = [];
    this.connections = 0;
    this.play = (socket) => void socket.write(http('fine'));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }
}
