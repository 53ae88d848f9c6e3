import { err, type Instant, ok, type Result, type SecretFault, type SecretRef } from '@tallystick/kernel-core';
import { keepToken, type KeptToken, type Outbound } from '@tallystick/platform-outbound';
import { z } from 'zod';
import { type Fault, fault } from './intune-faults.ts';
import type { IntuneSettings } from './intune-settings.ts';
import { noAnswerFault } from './no-answer.ts';
import { parseJson } from './parse-json.ts';

export interface LoginNeeds {
  readonly outbound: Outbound;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
}

/** Access tokens of the app registration, by the client-credentials grant; kept in memory only. */
export type IntuneLogin = KeptToken<Fault>;

const loginTimeoutMs = 10_000;
const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/), // it becomes a header
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().catch(60), // seconds; short for one that does not say
});
const refusedLogin = z.object({ error_codes: z.array(z.int().nonnegative()).min(1) });

export const createLogin = (settings: IntuneSettings, needs: LoginNeeds): IntuneLogin =>
  keepToken<Fault>({
    login: async () => {
      const answer = await requestToken(settings, needs);
      return 'kind' in answer ? err(answer) : ok({ value: answer.access_token, lifeMs: answer.expires_in * 1000 });
    },
    late: fault('not-reachable', 'the login at Microsoft did not answer in time'),
    now: needs.now,
  });

async function requestToken(
  { tenant, clientId, clientSecret, loginUrl, graphUrl }: IntuneSettings,
  { outbound, secret }: LoginNeeds,
): Promise<z.infer<typeof granted> | Fault> {
  const known = secret(clientSecret);
  if (!known.ok) return fault('secret-missing', `the client secret can't be read (${known.error})`);
  const answer = await outbound.send(
    {
      method: 'POST',
      url: `${loginUrl}/${tenant}/oauth2/v2.0/token`,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: known.value,
        scope: `${graphUrl}/.default`,
      }).toString(),
      read: true, // a token more does no harm
    },
    AbortSignal.timeout(loginTimeoutMs),
  );
  if (answer.kind === 'none') return noAnswerFault(answer.because, 'the login at Microsoft');
  const { status, text, retryAfterMs } = answer;
  const read = granted.safeParse(parseJson(text));
  if (status === 200 && read.success) return read.data;
  if (status === 429 || status >= 500) return fault('busy', `the login at Microsoft answered ${status}`, retryAfterMs);
  // The number says what is wrong (7000215: the secret, 90002: the tenant); the text beside it names ids, and is not repeated.
  const codes = refusedLogin.safeParse(parseJson(text));
  const code = codes.success ? ` (AADSTS${codes.data.error_codes[0]})` : '';
  return fault('not-authorised', `the login at Microsoft answered ${status}${code}: look at tenant, client id and client secret`);
}
