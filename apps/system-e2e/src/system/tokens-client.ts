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

  /** Sends a request as it is; for tests of the API itself. */
  raw(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.#base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Turns the requirement on; gives the token that was made for it, if none was there (M2). */
  async enforceFrom(effectiveAt: Date): Promise<IssuedToken | undefined> {
    const answer = (await this.#json(
      this.raw('PUT', '/requirement', { enabled: true, effectiveAt: effectiveAt.toISOString() }, key()),
    )) as {
      created?: IssuedToken;
    };
    return answer.created;
  }

  async add(label: string): Promise<IssuedToken> {
    const { token, value } = (await this.#json(this.raw('POST', '/tokens', { label }, key()))) as {
      token: { id: string };
      value: string;
    };
    return { id: token.id, value };
  }

  async revoke(id: string, reason: string): Promise<RevokeAnswer> {
    return (await this.#json(this.raw('POST', `/tokens/${id}/revoke`, { reason }, key()))) as RevokeAnswer;
  }

  async #json(request: Promise<Response>): Promise<unknown> {
    const response = await request;
    const text = await response.text();
    if (!response.ok) throw new Error(`the token service answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  }
}

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
    const response = await fetch(`${this.#base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = (await response.text()).replace(/"deviceId":\s*(\d+)/g, '"deviceId":"$1"');
    return { httpStatus: response.status, ...(JSON.parse(text) as Omit<FlowAnswer, 'httpStatus'>) };
  }
}
