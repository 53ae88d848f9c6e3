import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const iosApplication = '0b7c5a52-6d1e-4f0a-9f5b-1f2f0a6f1c01';
export const clientSecret = 'a client secret, with a blank';
export const password = 'pässword:with colon';
export const tenantCode = 'dGVuYW50LWNvZGU=';

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (content: unknown, status = 200): Answer => ({ status, body: JSON.stringify(content) });
const error = (status: number, message: string): Answer =>
  json({ errorCode: status * 10, message, activityId: '5e1d3d4c-0d51-44ab-a05f-7d8d6cbb3c7e' }, status);

/**
 * A stateful fake of Workspace ONE UEM: written by us from published facts, so it proves that we agree with those facts as we read them, and
 * nothing about a tenant. Keeps the rules as the text that it was sent; a write is taken with 202 and stored by `settle`.
 */
export class FakeUem {
  readonly rules = new Map<string, string>();
  readonly bundles = new Map<string, string>();
  readonly devices: { assigned: unknown; installed: unknown } = { assigned: { DeviceId: [] }, installed: { DeviceId: [] } };
  /** As they were received. */
  readonly bodies: string[] = [];
  writes = 0;
  logins = 0;
  areCredentialsTaken = true;
  loseNextWrite: 'answer' | 'request' | undefined;
  /** In the place of the next answers to anything but a login. */
  readonly next: Answer[] = [];
  /** Rows of a replaced set get new ids: not known of the vendor, and not to be relied on either way. */
  isRenumbering = true;
  #coming: (() => void)[] = [];
  #tokens = new Set<string>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  settle(): void {
    for (const store of this.#coming.splice(0)) store();
  }

  /** Tokens given so far are not taken any more; new ones are. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const isWrite = request.method === 'PUT';
    const lost = isWrite ? this.loseNextWrite : undefined;
    if (isWrite) this.loseNextWrite = undefined;
    if (lost === 'request') return void request.socket.destroy();
    const { status, body: text, headers } = this.#answer(request, body);
    if (lost === 'answer') return void request.socket.destroy();
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-api-version': '2',
      'x-ratelimit-limit': '250000',
      ...headers,
    });
    response.end(text);
  }

  #answer(request: IncomingMessage, body: string): Answer {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname === '/connect/token') return this.#login(request, body);
    if (!this.#isAuthorised(request)) return error(401, 'Unauthorised');
    const scripted = this.next.shift();
    if (scripted) return scripted;
    const rules = /^\/API\/mam\/apps\/([0-9a-f-]{36})\/assignment-rules$/.exec(url.pathname);
    if (rules) return this.#rules(request, rules[1]!, body);
    if (request.method !== 'GET') return error(405, 'Method not allowed');
    if (url.pathname === '/API/mam/apps/search') {
      const uuid = this.bundles.get(url.searchParams.get('bundleid') ?? '');
      return uuid === undefined ? { status: 204 } : json({ applications: [{ uuid, name: 'PingID' }], page: 0, total: 1 });
    }
    if (url.pathname === '/API/mam/apps/public/17/devices')
      return json(url.searchParams.get('status') === 'installed' ? this.devices.installed : this.devices.assigned);
    return error(404, 'Not found');
  }

  #login(request: IncomingMessage, body: string): Answer {
    if (request.method !== 'POST') return error(405, 'Method not allowed');
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return error(415, 'Unsupported media type');
    const form = new URLSearchParams(body);
    const isKnown =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === 'client-1' &&
      form.get('client_secret') === clientSecret;
    if (!isKnown || !this.areCredentialsTaken) return json({ error: 'invalid_client' }, 400);
    const token = `uem-token-${++this.logins}`;
    this.#tokens.add(token);
    return json({ access_token: token, expires_in: 3600, token_type: 'Bearer', scope: '' });
  }

  #isAuthorised({ headers: { authorization = '', ...headers } }: IncomingMessage): boolean {
    if (!this.areCredentialsTaken) return false;
    if (authorization.startsWith('Bearer ')) return this.#tokens.has(authorization.slice(7));
    const basic = Buffer.from(`api-user:${password}`).toString('base64');
    return authorization === `Basic ${basic}` && headers['aw-tenant-code'] === tenantCode;
  }

  #rules(request: IncomingMessage, uuid: string, body: string): Answer {
    const text = this.rules.get(uuid);
    if (text === undefined) return error(404, 'Application not found');
    // The other version answers in its own way, and does not complain.
    if (request.headers.accept !== 'application/json;version=2') return json({ Assignments: [], ExcludedSmartGroups: [] });
    if (request.method === 'GET') return { status: 200, body: text };
    if (request.method !== 'PUT') return error(405, 'Method not allowed');
    if (request.headers['content-type'] !== 'application/json;version=2') return error(415, 'Unsupported media type');
    if (!Array.isArray((JSON.parse(body) as { assignments?: unknown }).assignments)) return error(400, `Bad rules: ${body}`);
    this.bodies.push(body);
    this.writes += 1;
    this.#coming.push(() => void this.rules.set(uuid, this.isRenumbering ? renumbered(body, this.writes) : body));
    return { status: 202 };
  }
}

/** In the text, so that everything else stays as it is to the byte. */
const renumbered = (text: string, by: number): string =>
  text.replace(
    /("nested_configurations":\[[^\]]*\],"id":)(\d+)(,"uuid":"[0-9a-f-]{35})./g,
    (_, before: string, id: string, uuid: string) => `${before}${Number(id) + by}${uuid}${by % 10}`,
  );
