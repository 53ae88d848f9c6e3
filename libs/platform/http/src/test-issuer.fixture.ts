import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Key = { readonly kid: string; readonly jwk: JWK; readonly privateKey: CryptoKey };
export type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };

export async function makeKey(kid: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }, privateKey };
}

/** An issuer on a free port whose every answer a test can spoil. */
export class TestIssuer {
  keys: readonly Key[] = [];
  /** Answers instead of the right ones, by path. */
  readonly spoilt = new Map<string, Reply>();
  readonly asked: string[] = [];
  /** Answers of the token endpoint, the first to the first request. */
  readonly tokenReplies: Reply[] = [];
  readonly tokenRequests: { readonly authorization: string | undefined; readonly body: string }[] = [];
  url = '';
  #server: Server | undefined;

  document = (): Record<string, unknown> => ({
    issuer: this.url,
    jwks_uri: `${this.url}/keys`,
    token_endpoint: `${this.url}/token`,
  });

  /** Listens, the second time where it did the first time. */
  async start(): Promise<void> {
    const port = this.url === '' ? 0 : Number(new URL(this.url).port);
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        if (path === '/token') this.tokenRequests.push({ authorization: request.headers.authorization, body });
        const reply = this.spoilt.get(path) ?? this.#right(path);
        response.writeHead(reply.status, { 'content-type': 'application/json', connection: 'close', ...reply.headers });
        response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
      });
    });
    await new Promise<void>((done) => this.#server?.listen(port, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #right(path: string): Reply {
    if (path === '/.well-known/openid-configuration') return { status: 200, body: this.document() };
    if (path === '/keys') return { status: 200, body: { keys: this.keys.map(({ jwk }) => jwk) } };
    if (path === '/token') return this.tokenReplies.shift() ?? { status: 500, body: {} };
    return { status: 404, body: {} };
  }

  stop = (): Promise<void> => new Promise((done) => (this.#server ? this.#server.close(() => done()) : done()));

  /** An Authorization header. `expiresAt`: seconds since 1970. */
  async bearer(key: Key, expiresAt: number): Promise<string> {
    const token = new SignJWT({ roles: { acme: ['viewer'] } }).setProtectedHeader({ alg: 'ES256', kid: key.kid });
    return `Bearer ${await token.setSubject('s').setIssuer(this.url).setAudience('tallystick').setExpirationTime(expiresAt).sign(key.privateKey)}`;
  }
}
