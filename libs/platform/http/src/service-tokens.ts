import { readFile } from 'node:fs/promises';
import {
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  processClientCredentialsResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { discover, requestOptions, trustedUrl } from './discovery.ts';

export type ServiceTokenOptions = {
  /** As in the service that is called; `https:`, or `http:` on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Read at each fetch, so that the secret can change without a restart. */
  readonly clientSecretFile: string;
  /** Sent as the parameter `audience`; issuers that do not know it take it from the client or the scope. */
  readonly audience: string;
  readonly scope?: string;
  readonly allowPlainHttp?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** `secret-unreadable`: the file of the client's secret. `issuer-unavailable`: no answer, or none that can be used. `refused`: the issuer said no. */
export type ServiceTokenFault = 'secret-unreadable' | 'issuer-unavailable' | 'refused';

/** Why there is no token, for the person who runs the service. Has neither the secret nor a token. */
export class ServiceTokenError extends Error {
  override readonly name = 'ServiceTokenError';
  readonly reason: ServiceTokenFault;
  constructor(reason: ServiceTokenFault, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
  }
}

const defaultLifetimeSeconds = 60; // for an issuer that does not say
const longestMarginMs = 60_000;

/**
 * Bearer tokens for a service that calls another, by the client-credentials grant. A token is kept until a minute before its expiry
 * (a fifth of its life, where that is shorter); one fetch at a time. While a fetch fails, a token that still holds is given.
 * Rejects with {@link ServiceTokenError}.
 * @throws Error on a plain `http:` issuer on another machine, unless allowed.
 */
export function createServiceTokens(options: ServiceTokenOptions): () => Promise<string> {
  const { issuer, allowPlainHttp = false, now = Date.now } = options;
  trustedUrl(issuer, 'the issuer', allowPlainHttp);
  let held: { readonly token: string; readonly renewAt: number; readonly expiresAt: number } | undefined;
  let underWay: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const startedAt = now();
    const { access_token: token, expires_in: seconds = defaultLifetimeSeconds } = await requestToken(options);
    const lifetimeMs = seconds * 1000;
    const expiresAt = startedAt + lifetimeMs;
    held = { token, expiresAt, renewAt: expiresAt - Math.min(longestMarginMs, lifetimeMs / 5) };
    return token;
  }

  return async () => {
    if (held && now() < held.renewAt) return held.token;
    underWay ??= fetchToken().finally(() => (underWay = undefined));
    try {
      return await underWay;
    } catch (error) {
      if (held && now() < held.expiresAt) return held.token;
      throw error;
    }
  };
}

async function requestToken(options: ServiceTokenOptions): Promise<TokenEndpointResponse> {
  const { issuer, clientId, clientSecretFile, audience, scope, allowPlainHttp = false } = options;
  const secret = await readFile(clientSecretFile, 'utf8').then(
    (text) => text.trim(),
    (cause: unknown) => {
      throw new ServiceTokenError('secret-unreadable', `the secret of the client ${clientId} can not be read`, { cause });
    },
  );
  if (secret === '')
    throw new ServiceTokenError('secret-unreadable', `the file of the secret of the client ${clientId} is empty`);
  try {
    const server = await discover(issuer, allowPlainHttp);
    const url = trustedUrl(server.token_endpoint ?? '', 'the token_endpoint of the issuer', allowPlainHttp);
    const client = { client_id: clientId };
    const parameters = { audience, ...(scope === undefined ? {} : { scope }) };
    const answer = clientCredentialsGrantRequest(server, client, ClientSecretBasic(secret), parameters, requestOptions(url));
    return await processClientCredentialsResponse(server, client, await answer);
  } catch (cause) {
    const code = refusalOf(cause);
    if (code !== undefined)
      throw new ServiceTokenError('refused', `the issuer refuses a token to the client ${clientId}: ${code}`);
    throw new ServiceTokenError('issuer-unavailable', `no token for the client ${clientId}: the issuer gave no usable answer`, {
      cause,
    });
  }
}

/** The error code of OAuth, where the issuer said no. Its description is left out: it may quote what was sent. */
function refusalOf(thrown: unknown): string | undefined {
  if (thrown instanceof ResponseBodyError && /^[a-z_]{1,40}$/.test(thrown.error)) return thrown.error;
  if (thrown instanceof WWWAuthenticateChallengeError) return 'invalid_client';
  return thrown instanceof ResponseBodyError ? 'it names no known reason' : undefined;
}
