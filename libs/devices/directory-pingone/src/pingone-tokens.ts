import type { DirectoryFault } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { keepToken, type KeptToken, type Outbound } from '@tallystick/platform-outbound';
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

/** Access tokens of the worker application (c.1), by the client-credentials grant. */
export type PingOneTokens = KeptToken<DirectoryFault>;

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/), // it becomes a header
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().catch(60), // seconds; short for one that does not say
});

/** While logins fail, a token is used as long as it holds. */
export const createTokens = (needs: TokenNeeds): PingOneTokens =>
  keepToken<DirectoryFault>({
    login: async () => {
      const answer = await requestToken(needs);
      return answer.ok ? ok({ value: answer.value.access_token, lifeMs: answer.value.expires_in * 1000 }) : answer;
    },
    late: { kind: 'unavailable' },
    now: needs.now,
    outlastsFailures: true,
  });

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
