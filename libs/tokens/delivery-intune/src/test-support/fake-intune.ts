import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Json = Record<string, unknown>;

const members: Readonly<Record<string, readonly string[]>> = {
  '#microsoft.graph.iosMobileAppConfiguration': ['settings', 'encodedSettingXml'],
  '#microsoft.graph.androidManagedStoreAppConfiguration': [
    ...['packageId', 'payloadJson', 'permissionActions', 'profileApplicability', 'connectedAppsEnabled'],
  ],
};
const common = ['@odata.type', 'displayName', 'description', 'targetedMobileApps', 'roleScopeTagIds'];
const settingTypes = ['stringType', 'integerType', 'realType', 'booleanType', 'tokenType'];

/**
 * A stand-in for Microsoft's login and the few calls of Microsoft Graph that deliveries need: written by us from Microsoft's documents, and
 * proof of nothing about the real one. Strict about addresses, methods, tokens, content types and members; keeps what it is given.
 */
export class FakeIntune {
  readonly tenant = 'contoso.example';
  readonly clientId = '11111111-1111-4111-8111-111111111111';
  readonly secret = 'a secret &=+ of the client';
  readonly policies = new Map<string, Json>();
  readonly apps = new Map<string, Json>();
  readonly summaries = new Map<string, Json>();
  readonly requests: { method: string; path: string; body: string }[] = [];
  /** By path, what is answered in place of what would be. */
  readonly played = new Map<string, { status: number; body?: unknown; headers?: Record<string, string> }>();
  /** By method, what is answered in place of what would be, once the token is taken. */
  beforeGraph: ((method: string) => { status: number; body?: unknown; headers?: Record<string, string> } | undefined) | undefined;
  accessTokens = new Set<string>();
  /** Makes an access token of a number. */
  tokenOf = (n: number): string => `opaque-${n}`;
  logins = 0;
  writes = 0;
  pageSize = 2;
  /** Where the next page is said to be. */
  pagesAt: string | undefined;
  isThrottled = false;
  lost: 'answer' | 'request' | undefined;
  /** Runs before a write is carried out: somebody is faster. */
  beforeWrite: (() => void) | undefined;
  clientIsKnown = true;
  now = () => Date.now();
  #server: Server | undefined;

  get base(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  async listen(): Promise<this> {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => this.#answer(request, response, Buffer.concat(parts).toString('utf8')));
    });
    await new Promise<void>((listening) => this.#server!.listen(0, '127.0.0.1', listening));
    return this;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((closed) => this.#server?.close(closed));
  }

  /** As any administrator's change: the version goes up. */
  change(id: string, change: Json): void {
    const before = this.policies.get(id)!;
    const at = new Date(this.now()).toISOString().replace('Z', '0000Z');
    this.policies.set(id, { ...before, ...change, version: (before['version'] as number) + 1, lastModifiedDateTime: at });
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url!, this.base);
    const { method = '' } = request;
    this.requests.push({ method, path: url.pathname, body });
    const send = (status: number, answer?: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'request-id': 'aaaaaaaa-0000-4000-8000-000000000001',
        ...headers,
      });
      response.end(answer === undefined ? undefined : JSON.stringify(answer));
    };
    const fail = (status: number, code: string, headers?: Record<string, string>): void =>
      // What came stands in the message, as it may over there: it must come to nobody's eyes.
      send(
        status,
        { error: { code, message: `{"Message":"${code} Activity ID: 1", "was": ${JSON.stringify(body)}}`, innerError: {} } },
        headers,
      );
    if (this.isThrottled) {
      this.isThrottled = false;
      return fail(429, 'TooManyRequests', { 'retry-after': '7' });
    }
    const played = this.played.get(url.pathname);
    if (played) return send(played.status, played.body, played.headers);
    if (url.pathname === `/${this.tenant}/oauth2/v2.0/token`) return this.#login(request, body, send);
    if (!this.accessTokens.has((request.headers.authorization ?? '').replace('Bearer ', '')))
      return fail(401, 'InvalidAuthenticationToken');
    const instead = this.beforeGraph?.(method);
    if (instead) return send(instead.status, instead.body, instead.headers);
    this.#graph(request, url, body, send, fail, response);
  }

  #login(request: IncomingMessage, body: string, send: (status: number, answer: unknown) => void): void {
    const form = new URLSearchParams(body);
    const isRight =
      request.method === 'POST' &&
      request.headers['content-type'] === 'application/x-www-form-urlencoded' &&
      form.get('grant_type') === 'client_credentials' &&
      form.get('scope') === `${this.base}/.default`;
    if (!isRight) return send(400, { error: 'invalid_request', error_codes: [900144] });
    if (!this.clientIsKnown || form.get('client_id') !== this.clientId || form.get('client_secret') !== this.secret)
      return send(401, { error: 'invalid_client', error_description: `AADSTS7000215 ${body}`, error_codes: [7000215] });
    const token = this.tokenOf(++this.logins);
    this.accessTokens.add(token);
    send(200, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token });
  }

  #graph(
    request: IncomingMessage,
    url: URL,
    body: string,
    send: (status: number, answer?: unknown) => void,
    fail: (status: number, code: string) => void,
    response: ServerResponse,
  ): void {
    const found =
      /^\/(v1\.0|beta)\/deviceAppManagement\/(mobileApps|mobileAppConfigurations)(?:\/([\w-]+)(\/deviceStatusSummary)?)?$/.exec(
        url.pathname,
      );
    if (!found) return fail(400, 'BadRequest');
    const [, version, kind, id, summary] = found as unknown as [string, string, string, string | undefined, string | undefined];
    // Graph's v1.0 does not know Android's policies.
    const isThere = (one: Json | undefined): one is Json =>
      one !== undefined && (version === 'beta' || !String(one['@odata.type']).includes('android'));
    if (kind === 'mobileApps') {
      const app = this.apps.get(id ?? '');
      return request.method !== 'GET' ? fail(405, 'Method') : isThere(app) ? send(200, app) : fail(404, 'ResourceNotFound');
    }
    if (id === undefined) {
      if (request.method !== 'GET') return fail(405, 'Method');
      const from = Number(url.searchParams.get('$skip') ?? 0);
      const all = [...this.policies.values()].filter(isThere);
      const next = `${this.pagesAt ?? this.base}${url.pathname}?$skip=${from + this.pageSize}`;
      const hasMore = from + this.pageSize < all.length;
      return send(200, { value: all.slice(from, from + this.pageSize), ...(hasMore && { '@odata.nextLink': next }) });
    }
    const policy = this.policies.get(id);
    if (!isThere(policy)) return fail(404, 'ResourceNotFound');
    const shown = (): Json => ({ '@odata.context': `${this.base}/${version}/$metadata#x`, ...this.policies.get(id) });
    if (summary) return request.method === 'GET' ? send(200, this.summaries.get(id) ?? {}) : fail(405, 'Method');
    if (request.method === 'GET') return send(200, shown());
    if (request.method !== 'PATCH') return fail(405, 'Method');
    const lost = this.lost;
    this.lost = undefined;
    if (lost === 'request') return void response.destroy();
    if (request.headers['content-type'] !== 'application/json') return fail(415, 'UnsupportedMediaType');
    this.beforeWrite?.();
    this.beforeWrite = undefined;
    const change = JSON.parse(body) as Json;
    if (!isAllowed(change, policy)) return fail(400, 'ModelValidationFailure');
    this.change(id, change);
    this.writes++;
    if (lost === 'answer') return void response.destroy();
    send(200, shown());
  }
}

function isAllowed(change: Json, policy: Json): boolean {
  const type = change['@odata.type'];
  if (type !== policy['@odata.type']) return false;
  if (!Object.keys(change).every((member) => [...common, ...members[String(type)]!].includes(member))) return false;
  const settings = (change['settings'] ?? []) as { appConfigKeyType?: string; appConfigKeyValue?: unknown }[];
  if (!settings.every((one) => settingTypes.includes(one.appConfigKeyType ?? '') && typeof one.appConfigKeyValue === 'string'))
    return false;
  try {
    if (change['payloadJson'] !== undefined) JSON.parse(Buffer.from(change['payloadJson'] as string, 'base64').toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
