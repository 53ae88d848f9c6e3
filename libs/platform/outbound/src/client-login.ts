import { z } from 'zod';
import type { GrantedToken } from './keep-token.ts';
import type { NoAnswer, Outbound } from './outbound.ts';

export interface ClientLogin {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `no-token`: an answer of success without an access token. */
export type LoginOutcome =
  | (GrantedToken & { readonly kind: 'granted' })
  | { readonly kind: 'none'; readonly because: NoAnswer }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'no-token' };

const loginTimeoutMs = 15_000;

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/), // it becomes a header
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().catch(60), // seconds; short for one that does not say
});

/** The client-credentials grant of OAuth, with the credentials in the body. */
export async function loginOfClient(
  { tokenUrl, clientId, clientSecret }: ClientLogin,
  outbound: Pick<Outbound, 'send'>,
): Promise<LoginOutcome> {
  const answer = await outbound.send(
    {
      method: 'POST',
      url: tokenUrl,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
      read: true, // a token more does no harm
    },
    AbortSignal.timeout(loginTimeoutMs),
  );
  if (answer.kind === 'none') return answer;
  const { status, retryAfterMs } = answer;
  if (status !== 200) return { kind: 'status', status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const read = granted.safeParse(parsed(answer.text));
  if (!read.success) return { kind: 'no-token' };
  return { kind: 'granted', value: read.data.access_token, lifeMs: read.data.expires_in * 1_000 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
