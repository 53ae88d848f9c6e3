import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Scripted {
  readonly status: number;
  readonly body?: object;
}
/** Answers of each endpoint, one after the other, the last for ever. */
export interface IssuerScript {
  readonly device?: readonly Scripted[];
  readonly token?: readonly Scripted[];
  readonly revocation?: readonly Scripted[];
}

export const refusal = (error: string): Scripted => ({ status: 400, body: { error } });
export const given = (accessToken: string, more: object = {}): Scripted => ({
  status: 200,
  body: { access_token: accessToken, token_type: 'Bearer', expires_in: 600, ...more },
});
const code = { device_code: 'the-device-code', user_code: 'ABCD-EFGH', verification_uri: 'https://issuer.example/device' };
export const asked: Scripted = { status: 200, body: { ...code, expires_in: 600, interval: 1 } };

/** An issuer that does what real ones do now and then. An endpoint without a script is not in its discovery. */
export async function scriptedIssuer(script: IssuerScript) {
  const seen: { readonly at: keyof IssuerScript; readonly form: Readonly<Record<string, string>> }[] = [];
  let url = '';
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const send = ({ status, body: answer = {} }: Scripted): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      const at = (request.url ?? '').slice(1) as keyof IssuerScript;
      if (request.url === '/.well-known/openid-configuration')
        return send({
          status: 200,
          body: {
            ...{ issuer: url, jwks_uri: `${url}/keys`, token_endpoint: `${url}/token` },
            ...(script.device && { device_authorization_endpoint: `${url}/device` }),
            ...(script.revocation && { revocation_endpoint: `${url}/revocation` }),
          },
        });
      const answers = script[at] ?? [];
      const before = seen.filter((one) => one.at === at).length;
      seen.push({ at, form: Object.fromEntries(new URLSearchParams(body)) });
      send(answers[Math.min(before, answers.length - 1)] ?? { status: 404 });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, seen, close };
}
