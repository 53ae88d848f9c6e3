import { err, type Instant, ok, type Result, type SecretFault, type SecretRef } from '@tallystick/kernel-core';
import { keepToken, loginOfClient, type Outbound, type OutboundAnswer } from '@tallystick/platform-outbound';
import { deliveryLater, deliveryRefused, type NotDone, whyNotSent, whyNoToken } from '@tallystick/tokens-domain';
import { createBalancerCookies } from './balancer-cookies.ts';
import type { JamfSettings } from './jamf-settings.ts';

export interface JamfCallNeeds {
  readonly outbound: Outbound;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
}

export interface JamfRequest {
  readonly method: 'GET' | 'PUT';
  /** Below the address of the instance, begins with a slash. */
  readonly path: string;
  readonly body?: string;
  /** Which call, for people. */
  readonly what: string;
}

/** `answer`: a success. `unknown`: a write that may have been carried out. */
export type JamfAnswer =
  { readonly kind: 'answer'; readonly text: string } | { readonly kind: 'unknown'; readonly detail: string } | NotDone;

export type JamfCall = (request: JamfRequest, deadline: AbortSignal) => Promise<JamfAnswer>;

/** A token is renewed so long before its end. Its life is set on the client, and may be a minute; it can't be made longer. */
const marginMs = 20_000;

/**
 * Calls of the Classic API. Asked for XML: what is recorded of how it keeps a configuration was recorded in XML, the public clients read it so,
 * and it is the form in which it is written. A token that was refused is replaced once and the request sent again, writes too.
 */
export function createJamfCall({ url, tokenPath, clientId, clientSecret }: JamfSettings, needs: JamfCallNeeds): JamfCall {
  const { outbound, secret, now } = needs;
  const tokenUrl = `${url}${tokenPath}`;
  const tokens = keepToken<NotDone>({
    login: async () => {
      const known = secret(clientSecret);
      if (!known.ok) return err(deliveryRefused('secret-missing', `the client secret can't be read: ${known.error}`));
      const login = await loginOfClient({ tokenUrl, clientId, clientSecret: known.value.trim() }, outbound);
      return login.kind === 'granted' ? ok(login) : err(whyNoToken(login));
    },
    late: deliveryLater('the login took too long'),
    now,
    isFresh: ({ leftMs }) => leftMs >= marginMs,
  });
  const cookies = createBalancerCookies();

  async function send({ method, path, body }: JamfRequest, token: string, deadline: AbortSignal): Promise<OutboundAnswer> {
    const answer = await outbound.send(
      {
        method,
        url: `${url}${path}`,
        headers: {
          accept: 'application/xml',
          authorization: `Bearer ${token}`,
          ...cookies.header(),
          ...(body !== undefined && { 'content-type': 'application/xml; charset=utf-8' }),
        },
        ...(body !== undefined && { body }),
        wanted: ['set-cookie'],
        read: method === 'GET',
      },
      deadline,
    );
    if (answer.kind === 'answer') cookies.keep(answer.headers?.['set-cookie']);
    return answer;
  }

  return async (request, deadline) => {
    const token = await tokens.get(deadline);
    if (!token.ok) return token.error;
    const answer = await send(request, token.value, deadline);
    if (answer.kind !== 'answer' || answer.status !== 401) return outcomeOf(request, answer);
    const another = await tokens.instead(token.value, deadline);
    if (!another.ok) return another.error;
    return outcomeOf(request, await send(request, another.value, deadline));
  };
}

/** Errors are pages for people, and nothing of them is read but the status. */
function outcomeOf({ method, what }: JamfRequest, answer: OutboundAnswer): JamfAnswer {
  const isWrite = method !== 'GET';
  if (answer.kind === 'none') {
    const mayBeDone = answer.because === 'timed-out' || answer.because === 'broken' || answer.because === 'too-large';
    return isWrite && mayBeDone
      ? { kind: 'unknown', detail: `${what} got no whole answer: ${answer.because}` }
      : whyNotSent(answer.because, what);
  }
  const { status, text, retryAfterMs } = answer;
  if (status === 200 || status === 201) return { kind: 'answer', text };
  const detail = `${what} was answered with status ${status}`;
  const privilege = `${isWrite ? 'Update' : 'Read'} Mobile Device Applications`;
  if (status === 401) return deliveryRefused('not-authorised', `${detail}: the API client is not taken, or has no role`);
  if (status === 403) return deliveryRefused('permission-missing', `${detail}: the role of the API client needs "${privilege}"`);
  if (status === 404)
    return deliveryRefused('slot-not-found', `${detail}: there is no such app, or it is not to be seen by the API client`);
  if (status === 409)
    return deliveryRefused(
      'vendor-refused',
      `${detail}: that is a conflict with what is stored, or the privilege "${privilege}" is missing; Jamf Pro does not say which`,
    );
  if (status === 429 || (status === 503 && (!isWrite || retryAfterMs !== undefined))) return deliveryLater(detail, retryAfterMs);
  if (status >= 500 || status < 300) return isWrite ? { kind: 'unknown', detail } : deliveryLater(detail, retryAfterMs);
  return deliveryRefused('vendor-refused', detail);
}
