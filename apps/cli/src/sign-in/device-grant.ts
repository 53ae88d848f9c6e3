import { discover, requestOptions, trustedUrl } from '@tallystick/platform-http/discovery';
import {
  type AuthorizationServer,
  type Client,
  deviceAuthorizationRequest,
  type DeviceAuthorizationResponse,
  deviceCodeGrantRequest,
  None,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  processRefreshTokenResponse,
  processRevocationResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { exits, Failure, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { isPassing, issuerFailure, refusalOf } from './issuer-failure.ts';

/** What an issuer gave a person. Moments are milliseconds since 1970; from `renewAt` on it is time for another. */
export interface Grant {
  readonly accessToken: string;
  readonly renewAt: number;
  readonly expiresAt: number;
  readonly refreshToken?: string;
}

/** An issuer that was found by discovery, and the public client that this command is there. */
export interface Issuer {
  readonly server: AuthorizationServer;
  readonly client: Client;
  /** @throws Failure (usage) when the endpoint could be read or changed on the way. */
  readonly options: (endpoint: string | undefined) => ReturnType<typeof requestOptions>;
}

type Clock = Pick<Terminal, 'time'>;

const usualLifetimeSeconds = 60; // of an access token whose issuer does not say
const longestMarginMs = 60_000;
const usualIntervalSeconds = 5; // RFC 8628, 3.2
const slowDownMs = 5_000; // RFC 8628, 3.5

/** @throws Failure */
export async function findIssuer(issuer: string, clientId: string, allowPlainHttp = false): Promise<Issuer> {
  const trusted = (text: string, what: string): URL => {
    try {
      return trustedUrl(text, what, allowPlainHttp);
    } catch (error) {
      throw usage(error instanceof Error ? error.message : `${what} is wrong`);
    }
  };
  trusted(issuer, 'TALLYSTICK_ISSUER');
  const server = await discover(issuer, allowPlainHttp).catch((error: unknown) => {
    throw issuerFailure(error, clientId);
  });
  const options = (endpoint = '') => requestOptions(trusted(endpoint, 'the endpoint of the issuer'));
  return { server, client: { client_id: clientId }, options };
}

/** Asks for the code that a person types at the issuer. @throws Failure; usage where the issuer has no such sign-in */
export async function askForCode(
  { server, client, options }: Issuer,
  parameters: Readonly<Record<string, string>>,
): Promise<DeviceAuthorizationResponse> {
  const { device_authorization_endpoint: endpoint } = server;
  if (endpoint === undefined)
    throw usage(
      'this issuer has no device sign-in (RFC 8628): its discovery names no device_authorization_endpoint',
      'Turn the device authorization grant on there, or use TALLYSTICK_CLIENT_SECRET_FILE or TALLYSTICK_ACCESS_TOKEN_FILE.',
    );
  try {
    const answer = await deviceAuthorizationRequest(server, client, None(), { ...parameters }, options(endpoint));
    return await processDeviceAuthorizationResponse(server, client, answer);
  } catch (error) {
    throw issuerFailure(error, client.client_id);
  }
}

/** Asks until the person has signed in, said no, or the code is over. @throws Failure */
export async function awaitSignIn(
  { server, client, options }: Issuer,
  asked: DeviceAuthorizationResponse,
  { pause, now, time }: Pick<Terminal, 'pause' | 'now'> & Clock,
): Promise<Grant> {
  const endsAt = now() + asked.expires_in * 1_000;
  let waitMs = (asked.interval ?? usualIntervalSeconds) * 1_000;
  let last: unknown;
  while (now() + waitMs < endsAt) {
    await pause(waitMs);
    try {
      const at = options(server.token_endpoint);
      const answer = await deviceCodeGrantRequest(server, client, None(), asked.device_code, at);
      return grantOf(await processDeviceCodeResponse(server, client, answer), time);
    } catch (error) {
      const code = refusalOf(error);
      last = code === undefined ? error : undefined;
      if (code === 'slow_down') waitMs += slowDownMs;
      else if (isPassing(error)) waitMs *= 2;
      else if (code !== 'authorization_pending') throw issuerFailure(error, client.client_id);
    }
  }
  if (last !== undefined) throw issuerFailure(last, client.client_id);
  throw new Failure(exits.notConfirmed, 'nobody signed in with this code in time', 'Say tallystick login again.');
}

/** @throws Failure */
export async function refresh({ server, client, options }: Issuer, refreshToken: string, { time }: Clock): Promise<Grant> {
  try {
    const answer = await refreshTokenGrantRequest(server, client, None(), refreshToken, options(server.token_endpoint));
    return { refreshToken, ...grantOf(await processRefreshTokenResponse(server, client, answer), time) };
  } catch (error) {
    throw issuerFailure(error, client.client_id);
  }
}

/** Asks the issuer to forget a token. @returns false where it can't (RFC 7009 is not there). @throws Failure */
export async function revoke({ server, client, options }: Issuer, token: string): Promise<boolean> {
  if (server.revocation_endpoint === undefined) return false;
  try {
    const at = options(server.revocation_endpoint);
    await processRevocationResponse(await revocationRequest(server, client, None(), token, at));
    return true;
  } catch (error) {
    throw issuerFailure(error, client.client_id);
  }
}

function grantOf(answer: TokenEndpointResponse, time: () => number): Grant {
  const { access_token: accessToken, expires_in: seconds = usualLifetimeSeconds, refresh_token: refreshToken } = answer;
  const lifetimeMs = seconds * 1_000;
  const expiresAt = time() + lifetimeMs;
  const renewAt = expiresAt - Math.min(longestMarginMs, lifetimeMs / 5);
  return { accessToken, renewAt, expiresAt, ...(refreshToken === undefined ? {} : { refreshToken }) };
}
