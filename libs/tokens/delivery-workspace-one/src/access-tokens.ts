import type { Instant, Result, SecretFault } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import type { NotDone } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { refused, tryLater, whyNotSent } from './outcomes.ts';

export type AccessToken = { readonly kind: 'token'; readonly value: string } | NotDone;

/** Access tokens of an OAuth client, kept in memory; one login at a time, for all who wait. */
export interface AccessTokens {
  get(deadline: AbortSignal): Promise<AccessToken>;
  /** The API refused `token`: a new one, unless somebody has got it already. */
  instead(token: string, deadline: AbortSignal): Promise<AccessToken>;
}

export interface AccessTokensNeeds {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => Result<string, SecretFault>;
  readonly outbound: Outbound;
  readonly now: () => Instant;
}

const loginTimeoutMs = 15_000;
/** A token is renewed so long before its end, or when a fifth of its life is left, if that is shorter. */
const longestMarginMs = 60_000;

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/), // it becomes a header
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().catch(60), // seconds; short for one that does not say
});

export function createAccessTokens({ tokenUrl, clientId, clientSecret, outbound, now }: AccessTokensNeeds): AccessTokens {
  let held: { readonly value: string; readonly renewAt: number } | undefined;
  let underWay: Promise<AccessToken> | undefined;

  async function login(): Promise<AccessToken> {
    const secret = clientSecret();
    if (!secret.ok) return refused('secret-missing', `the client secret can't be read: ${secret.error}`);
    const startedAt = now();
    const answer = await outbound.send(
      {
        method: 'POST',
        url: tokenUrl,
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: secret.value.trim(),
        }).toString(),
        read: true, // a token more does no harm
      },
      AbortSignal.timeout(loginTimeoutMs),
    );
    if (answer.kind === 'none') return whyNotSent(answer.because, 'the login');
    const { status, retryAfterMs } = answer;
    if (status === 429 || status >= 500) return tryLater(`the login was answered with status ${status}`, retryAfterMs);
    if (status !== 200) return refused('not-authorised', `the login of the client was refused with status ${status}`);
    const read = granted.safeParse(parsed(answer.text));
    if (!read.success) return refused('unreadable', 'the login was answered with no access token: is it the address of tokens?');
    const lifeMs = read.data.expires_in * 1_000;
    held = { value: read.data.access_token, renewAt: startedAt + lifeMs - Math.min(longestMarginMs, lifeMs / 5) };
    return { kind: 'token', value: held.value };
  }

  function get(deadline: AbortSignal): Promise<AccessToken> {
    if (held && now() < held.renewAt) return Promise.resolve({ kind: 'token', value: held.value });
    underWay ??= login().finally(() => (underWay = undefined));
    return within(underWay, deadline);
  }

  return {
    get,
    instead(token, deadline) {
      if (held?.value === token) held = undefined;
      return get(deadline);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The login is for all who wait, so nobody's deadline ends it. */
function within(login: Promise<AccessToken>, deadline: AbortSignal): Promise<AccessToken> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(tryLater('the login took too long'));
    if (deadline.aborted) return stop();
    deadline.addEventListener('abort', stop, { once: true });
    login.then(resolve, reject).finally(() => deadline.removeEventListener('abort', stop));
  });
}
