import { createHmac, createSecretKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { DeviceId, MfaDirectory } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { createPingIdDirectory, type PingIdDirectoryOptions } from './pingid-directory.ts';

const key = createSecretKey(Buffer.alloc(32, 5));
export const device = '285234913243546570' as DeviceId;
export const now = instant(Date.UTC(2026, 10, 22, 12));

/** What the server answers: a result to be signed and wrapped, or a raw HTTP answer. */
export type Reply =
  | { readonly sign: string; readonly status?: number }
  | { readonly raw: string; readonly status?: number; readonly headers?: Record<string, string> }
  | 'no answer'
  | 'reset';

export interface Call {
  readonly operation: string;
  /** The text of reqBody, so that numbers are seen as they were written. */
  readonly body: string;
}

const decoded = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');

export function jws(payload: string): string {
  const signed = [JSON.stringify({ alg: 'HS256', org_alias: 'org', token: 'tok' }), payload]
    .map((it) => Buffer.from(it).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** A server of the classic API that answers in turn; it lives as long as the spec file, and forgets after each test. */
export class ScriptedPingId {
  readonly calls: Call[] = [];
  readonly sockets = new Set<Socket>();
  #replies: Reply[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  constructor() {
    beforeAll(() => new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening)));
    afterAll(async () => {
      this.#server.closeAllConnections();
      await new Promise((closed) => this.#server.close(closed));
    });
    afterEach(() => {
      this.#replies = [];
      this.calls.length = 0;
    });
  }

  replyWith(...replies: Reply[]): void {
    this.#replies = replies;
  }

  make(useSignature = true, callTimeoutMs = 5_000, more: Partial<PingIdDirectoryOptions> = {}): MfaDirectory {
    const baseUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/pingid`;
    const properties = { baseUrl, orgAlias: 'org', token: 'tok', key, useSignature };
    return createPingIdDirectory({ properties, callTimeoutMs, now: () => now, ...more });
  }

  given(...replies: Reply[]): MfaDirectory {
    this.replyWith(...replies);
    return this.make();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.sockets.add(request.socket);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const [, operation = ''] = /^\/pingid\/rest\/4\/(\w+)\/do$/.exec(request.url ?? '') ?? [];
    const [, body = ''] = /"reqBody":(.*)\}$/.exec(decoded(text.split('.')[1] ?? '')) ?? [];
    this.calls.push({ operation, body });
    const reply = this.#replies.shift() ?? 'reset';
    if (reply === 'no answer') return;
    if (reply === 'reset') return void request.socket.destroy();
    if ('sign' in reply) return void response.writeHead(reply.status ?? 200).end(jws(`{"responseBody":${reply.sign}}`));
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.raw);
  }
}

export const okBody = '{"errorId":200,"errorMsg":"ok","uniqueMsgId":"webs_x","clientData":null}';
export const refusedBody = (errorId: number | string): string =>
  `{"userDetails":null,"errorMsg":"User not exists.","errorId":${errorId}}`;
export const userBody = (details: string): string => `{"userDetails":${details},"sameDeviceUsersDetails":[],"errorId":200}`;
export const emailDevice = `{"deviceId":${device},"deviceUuid":null,"deviceRole":"PRIMARY","nickname":"Email 1","type":"Email","email":"u@example.com",
  "phoneNumber":null,"countryCode":null,"displayID":"u@example.com","enrollment":"2019-04-03 10:54:34.536"}`;
