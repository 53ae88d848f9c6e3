import { noteUsed } from './used-values.ts';

/** The token service and the provider's flow as their callers see them. Token values stay in the caller's memory. */
export interface IssuedToken {
  readonly id: string;
  readonly value: string;
}

export interface RevokeAnswer {
  readonly confirmedBy: string;
  readonly validators: number;
  readonly waitedMs: number;
  readonly bounded: boolean;
}

export class TokensClient {
  readonly #base: string;
  readonly #bearer: string;
  constructor(tokenServiceUrl: string, environment: string, bearer: string) {
    this.#base = `${tokenServiceUrl}/v1/environments/${environment}`;
    this.#bearer = bearer;
  }

  /** Sends a request as it is, a change with a key of its own unless `headers` name one; for tests of the API itself. */
  raw(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    noteUsed(sent);
    return fetch(`${this.#base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : key()),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
  }

  /** Enforces from a moment on; gives the token that was made for it, if none was there (M2). `because`: forces what the guards refuse. */
  async enforce(effectiveAt: Date, because?: string): Promise<IssuedToken | undefined> {
    const change = { reason: because ?? why, mode: 'enforce', effectiveAt: effectiveAt.toISOString(), ...forced(because) };
    const answer = (await this.#json(this.raw('PUT', '/requirement', change))) as { created?: IssuedToken };
    return answer.created;
  }

  /** Only observes, from now on; gives the token that was made for it, if none was there (M2). */
  async observe(): Promise<IssuedToken | undefined> {
    const change = { reason: why, mode: 'observe', effectiveAt: new Date().toISOString() };
    return ((await this.send('PUT', '/requirement', change)) as { created?: IssuedToken }).created;
  }

  /** Changes guards, and leaves the other settings as they are. */
  async settings(guards: Readonly<Record<string, number>>): Promise<void> {
    const before = await this.raw('GET', '/settings');
    const { version: _version, ...settings } = before.ok ? ((await before.json()) as Record<string, unknown>) : defaultSettings;
    const precondition = before.ok ? { 'if-match': before.headers.get('etag') ?? '' } : { 'if-none-match': '*' };
    const changed = { reason: why, ...settings, guards: { ...(settings['guards'] as object), ...guards } };
    await this.#json(this.raw('PUT', '/settings', changed, precondition));
  }

  /** Sends a change and gives its answer. @throws Error on any refusal. */
  send(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#json(this.raw(method, path, body));
  }

  /** `options` as in the API: segment, notBefore, expiresAt, keepValue, …. */
  async add(label: string, options: Readonly<Record<string, unknown>> = {}): Promise<IssuedToken> {
    const { token, value } = (await this.#json(this.raw('POST', '/tokens', { reason: why, label, ...options }))) as {
      token: { id: string };
      value: string;
    };
    return { id: token.id, value };
  }

  async revoke(id: string, reason: string, because?: string): Promise<RevokeAnswer> {
    const change = { reason, ...forced(because) };
    return (await this.#json(this.raw('POST', `/tokens/${id}/revoke`, change))) as RevokeAnswer;
  }

  /** Reads a resource of the environment. */
  async read(path: string): Promise<unknown> {
    return this.#json(this.raw('GET', path));
  }

  async #json(request: Promise<Response>): Promise<unknown> {
    const response = await request;
    const text = await response.text();
    noteUsed(text);
    if (!response.ok) throw new Error(`the token service answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  }
}

const defaultSettings: Readonly<Record<string, unknown>> = {
  compatibility: 'safe',
  twoPeople: false,
  readableValues: false,
  guards: { windowDays: 14, refusedShare: 0.02, minimumObservationHours: 24, staleAfterHours: 24, noticeHours: 12 },
};

/** For the audit, where it does not matter. */
const why = 'as it was agreed';
const forced = (reason: string | undefined) => (reason === undefined ? {} : { force: { reason } });
const key = (): Record<string, string> => ({ 'idempotency-key': crypto.randomUUID() });

export interface FlowAnswer {
  readonly httpStatus: number;
  readonly status: string;
  readonly deviceId?: string;
  readonly causes?: readonly string[];
}

/** What the authenticator app does at the provider: asks to be paired, or to sign on. */
export class ProviderClient {
  readonly #base: string;
  constructor(simulatorUrl: string) {
    this.#base = simulatorUrl;
  }

  pair(environment: string, username: string, presentedToken: string | undefined, device: object): Promise<FlowAnswer> {
    return this.#flow('/pairing', { environment, username, ...(presentedToken === undefined ? {} : { presentedToken }), device });
  }

  signOn(environment: string, username: string, deviceId: string, presentedToken: string | undefined): Promise<FlowAnswer> {
    return this.#flow('/authentication', {
      environment,
      username,
      deviceId,
      ...(presentedToken === undefined ? {} : { presentedToken }),
    });
  }

  async #flow(path: string, body: object): Promise<FlowAnswer> {
    const sent = JSON.stringify(body);
    noteUsed(sent);
    const response = await fetch(`${this.#base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sent,
    });
    const text = (await response.text()).replace(/"deviceId":\s*(\d+)/g, '"deviceId":"$1"');
    return { httpStatus: response.status, ...(JSON.parse(text) as Omit<FlowAnswer, 'httpStatus'>) };
  }
}
