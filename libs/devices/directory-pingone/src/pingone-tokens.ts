import type { DirectoryFault } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';
import type { PingOneSettings } from './pingone-settings.ts';

export interface TokenNeeds {
  readonly settings: PingOneSettings;
  readonly outbound: Outbound;
  /** For one login, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly now: () => Instant;
}

export type TokenResult = Result<string, DirectoryFault>;

/** Access tokens of the worker application (c.1), by the client-credentials grant. */
export interface PingOneTokens {
  /** The kept token, or a new one. Whoever asks during a login waits for that one, no longer than his deadline. */
  get(deadline: AbortSignal): Promise<TokenResult>;
  /** The directory refused `token`: a new one, unless somebody has got it already. */
  instead(token: string, deadline: AbortSignal): Promise<TokenResult>;
}

const longestMarginMs = 60_000;
const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/), // it becomes a header
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().catch(60), // seconds; short for one that does not say
});

/** A token is renewed a minute before its end (a fifth of its life, where that is less); while that fails, it is used as long as it holds. */
export function createTokens(needs: TokenNeeds): PingOneTokens {
  let held: { readonly token: string; readonly renewAt: number; readonly expiresAt: number } | undefined;
  let underWay: Promise<TokenResult> | undefined;

  async function login(): Promise<TokenResult> {
    const startedAt = needs.now();
    const answer = await requestToken(needs);
    if (!answer.ok) return answer;
    const lifeMs = answer.value.expires_in * 1000;
    const expiresAt = startedAt + lifeMs;
    held = { token: answer.value.access_token, expiresAt, renewAt: expiresAt - Math.min(longestMarginMs, lifeMs / 5) };
    return ok(held.token);
  }

  async function get(deadline: AbortSignal): Promise<TokenResult> {
    if (held && needs.now() < held.renewAt) return ok(held.token);
    underWay ??= login().finally(() => (underWay = undefined));
    const result = await within(underWay, deadline);
    return !result.ok && held && needs.now() < held.expiresAt ? ok(held.token) : result;
  }

  return {
    get,
    instead(token, deadline) {
      if (held?.token === token) held = undefined;
      return get(deadline);
    },
  };
}

const late: TokenResult = err({ kind: 'unavailable' });

/** The login is for all who wait, so nobody's deadline ends it. */
function within(login: Promise<TokenResult>, deadline: AbortSignal): Promise<TokenResult> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(late);
    if (deadline.aborted) return stop();
    deadline.addEventListener('abort', stop, { once: true });
    login.then(resolve, reject).finally(() => deadline.removeEventListener('abort', stop));
  });
}

async function requestToken({
  settings,
  outbound,
  callTimeoutMs,
}: TokenNeeds): Promise<Result<z.infer<typeof granted>, DirectoryFault>> {
  const secret = settings.clientSecret();
  if (secret === undefined || secret === '') return err({ kind: 'credentials-refused' });
  const inBody = settings.clientAuthentication === 'post';
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (inBody) {
    form.set('client_id', settings.clientId);
    form.set('client_secret', secret);
  }
  const basic = Buffer.from(`${formEncoded(settings.clientId)}:${formEncoded(secret)}`).toString('base64');
  const answer = await outbound.send(
    {
      method: 'POST',
      url: `${settings.authUrl}/${settings.environmentId}/as/token`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(!inBody && { authorization: `Basic ${basic}` }),
      },
      body: form.toString(),
      read: true, // a token more does no harm
    },
    AbortSignal.timeout(callTimeoutMs),
  );
  if (answer.kind === 'none') return err({ kind: 'unavailable' });
  const read = granted.safeParse(parseJson(answer.text));
  if (answer.status === 200 && read.success) return ok(read.data);
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) return err({ kind: 'credentials-refused' });
  const { retryAfterMs } = answer;
  return err({
    kind: 'unavailable',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...((answer.status === 429 || retryAfterMs !== undefined) && { rateLimited: true }),
  });
}

/** Both parts are form-encoded before they are joined (RFC 6749, 2.3.1), else a colon in one would move their border. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
