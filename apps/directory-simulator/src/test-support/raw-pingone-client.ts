/** What a client has of `pingone.json`. */
export interface PingOneFile {
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly environmentId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly populationId: string;
}

export interface PingOneDevice {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly nickname?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly extension?: string;
  readonly lock: { readonly status: string };
  readonly block: { readonly status: string };
}

/** The fields of all answers; which of them are there is what the tests check. */
export interface PingOneJson {
  readonly id: string;
  readonly code: string;
  readonly details?: readonly { readonly code: string; readonly target?: string; readonly innerError?: object }[];
  readonly username: string;
  readonly enabled: boolean;
  readonly mfaEnabled: boolean;
  readonly order: readonly { readonly id: string }[];
  readonly pairing: { readonly maxAllowedDevices: number };
  readonly _links: Readonly<Record<string, { readonly href: string }>>;
  readonly _embedded: { readonly users: readonly PingOneJson[]; readonly devices: readonly PingOneDevice[] };
  readonly access_token: string;
  readonly expires_in: number;
  readonly error: string;
}

export interface PingOneAnswer {
  readonly status: number;
  readonly body: PingOneJson;
  readonly headers: Headers;
}

async function read(response: Response): Promise<PingOneAnswer> {
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text === '' ? 'null' : text) as PingOneJson, headers: response.headers };
}

/** Written by hand from the public pages: it shares nothing with the server. */
export class RawPingOneClient {
  readonly file: PingOneFile;
  #token: string | undefined;

  constructor(file: PingOneFile) {
    this.file = file;
  }

  /** One token request; the client in the header, in the body, or nowhere. */
  async requestToken(way: 'basic' | 'post' | 'none', change: Partial<PingOneFile> = {}, grant = 'client_credentials') {
    const { clientId, clientSecret, environmentId } = { ...this.file, ...change };
    const form = new URLSearchParams({ grant_type: grant });
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (way === 'post') {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    }
    const client = [clientId, clientSecret].map(encodeURIComponent).join(':');
    if (way === 'basic') headers['authorization'] = `Basic ${Buffer.from(client).toString('base64')}`;
    return read(
      await fetch(`${this.file.authUrl}/${environmentId}/as/token`, { method: 'POST', headers, body: form.toString() }),
    );
  }

  /** The next call gets a new token. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** A call under the environment, with the token of the first one, or the one given. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    change: { contentType?: string; token?: string } = {},
  ): Promise<PingOneAnswer> {
    this.#token ??= (await this.requestToken('basic')).body.access_token;
    const response = await fetch(`${this.file.apiUrl}/environments/${this.file.environmentId}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${change.token ?? this.#token}`,
        ...(body !== undefined && { 'content-type': change.contentType ?? 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return read(response);
  }

  /** The body of a call that must succeed. */
  async ok(method: string, path: string, body?: unknown, contentType?: string): Promise<PingOneJson> {
    const answer = await this.call(method, path, body, contentType === undefined ? {} : { contentType });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Status, and the code of the first detail or else the general one. */
  async outcome(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<readonly [number, string | undefined]> {
    const answer = await this.call(method, path, body, contentType === undefined ? {} : { contentType });
    // No body, no code: 204 has neither.
    const json = answer.body as PingOneJson | null;
    return [answer.status, json?.details?.[0]?.code ?? json?.code];
  }
}

export const reorderType = 'application/vnd.pingidentity.devices.reorder+json';
export const removeOrderType = 'application/vnd.pingidentity.devices.order.remove+json';
export const deviceType = (what: 'activate' | 'block' | 'unblock' | 'unlock') =>
  `application/vnd.pingidentity.device.${what}+json`;
