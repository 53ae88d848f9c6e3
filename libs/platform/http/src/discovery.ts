import { allowInsecureRequests, type AuthorizationServer, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The longest wait for one answer of an issuer, in milliseconds. */
export const issuerTimeoutMs = 5_000;

/**
 * An address whose answers decide who may come in: `https:`, or `http:` on this machine or where that is allowed.
 * @throws Error that calls it `what` and does not have its value.
 */
export function trustedUrl(text: string, what: string, allowPlainHttp: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  if (url?.protocol === 'http:' && (allowPlainHttp || loopback.test(url.hostname))) return url;
  throw new Error(`${what} must start with https://: whoever can change that answer could sign in as anybody`);
}

/** What every request to `url` needs, which was checked by {@link trustedUrl}. Redirects are never followed. */
export const requestOptions = (url: URL) => ({
  [allowInsecureRequests]: url.protocol === 'http:',
  signal: AbortSignal.timeout(issuerTimeoutMs),
});

/**
 * Reads `<issuer>/.well-known/openid-configuration`.
 * @throws Error when it can't be had, or is of another issuer: it must name itself exactly as its tokens do.
 */
export async function discover(issuer: string, allowPlainHttp: boolean): Promise<AuthorizationServer> {
  const url = trustedUrl(issuer, 'the issuer', allowPlainHttp);
  const server = await processDiscoveryResponse(url, await discoveryRequest(url, requestOptions(url)));
  if (server.issuer !== issuer) throw new Error('the issuer writes its own name otherwise than it is configured here');
  return server;
}
