import { err, type Instant, ok, type Result, type SecretFault, type SecretRef } from '@tallystick/kernel-core';
import { keepToken, loginOfClient, type Outbound, type OutboundAnswer } from '@tallystick/platform-outbound';
import { deliveryLater, deliveryRefused, type NotDone, whyNotSent, whyNoToken } from '@tallystick/tokens-domain';
import type { WorkspaceOneSettings } from './workspace-one-settings.ts';

export interface UemNeeds {
  readonly outbound: Outbound;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
}

export interface UemRequest {
  readonly method: 'GET' | 'PUT';
  /** Below the address of the API, begins with a slash. */
  readonly path: string;
  readonly body?: string;
  /** Which call, for people. */
  readonly what: string;
}

/** `answer`: a success. `unknown`: a write that may have been carried out. */
export type UemAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'unknown'; readonly detail: string }
  | NotDone;

export type UemCall = (request: UemRequest, deadline: AbortSignal) => Promise<UemAnswer>;

/** The type picks the version of the API; without it another one would answer. */
const versioned = 'application/json;version=2';

type Authorised = { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> } | NotDone;

/** Calls of one tenant. A token that was refused is replaced once and the request sent again, writes too: nothing was done at the door. */
export function createUemCall({ apiUrl, auth }: WorkspaceOneSettings, { outbound, secret, now }: UemNeeds): UemCall {
  const send = (
    { method, path, body }: UemRequest,
    headers: Readonly<Record<string, string>>,
    deadline: AbortSignal,
  ): Promise<OutboundAnswer> =>
    outbound.send(
      {
        method,
        url: `${apiUrl}${path}`,
        headers: { accept: versioned, ...headers, ...(body !== undefined && { 'content-type': versioned }) },
        ...(body !== undefined && { body }),
        wanted: ['x-correlation-id'],
        read: method === 'GET',
      },
      deadline,
    );

  const basic = (username: string, password: SecretRef, tenantCode: SecretRef): Authorised => {
    const [known, code] = [secret(password), secret(tenantCode)];
    if (!known.ok) return deliveryRefused('secret-missing', `the password can't be read: ${known.error}`);
    if (!code.ok) return deliveryRefused('secret-missing', `the API key can't be read: ${code.error}`);
    const credentials = Buffer.from(`${username}:${known.value.replace(/\r?\n$/, '')}`).toString('base64');
    const key = code.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key))
      return deliveryRefused('not-authorised', 'the API key holds characters that no header can carry');
    return { kind: 'headers', headers: { authorization: `Basic ${credentials}`, 'aw-tenant-code': key } };
  };

  if (auth.kind === 'basic')
    return async (request, deadline) => {
      const authorised = basic(auth.username, auth.password, auth.tenantCode);
      if (authorised.kind !== 'headers') return authorised;
      return outcomeOf(request, await send(request, authorised.headers, deadline));
    };

  const { tokenUrl, clientId } = auth;
  const tokens = keepToken<NotDone>({
    login: async () => {
      const known = secret(auth.clientSecret);
      if (!known.ok) return err(deliveryRefused('secret-missing', `the client secret can't be read: ${known.error}`));
      const login = await loginOfClient({ tokenUrl, clientId, clientSecret: known.value.trim() }, outbound);
      return login.kind === 'granted' ? ok(login) : err(whyNoToken(login));
    },
    late: deliveryLater('the login took too long'),
    now,
  });
  return async (request, deadline) => {
    const token = await tokens.get(deadline);
    if (!token.ok) return token.error;
    const answer = await send(request, { authorization: `Bearer ${token.value}` }, deadline);
    if (answer.kind !== 'answer' || answer.status !== 401) return outcomeOf(request, answer);
    const another = await tokens.instead(token.value, deadline);
    if (!another.ok) return another.error;
    return outcomeOf(request, await send(request, { authorization: `Bearer ${another.value}` }, deadline));
  };
}

function outcomeOf({ method, what }: UemRequest, answer: OutboundAnswer): UemAnswer {
  const isWrite = method !== 'GET';
  if (answer.kind === 'none') {
    const mayBeDone = answer.because === 'timed-out' || answer.because === 'broken' || answer.because === 'too-large';
    return isWrite && mayBeDone
      ? { kind: 'unknown', detail: `${what} got no whole answer: ${answer.because}` }
      : whyNotSent(answer.because, what);
  }
  const { status, text, retryAfterMs } = answer;
  if (status === 200 || status === 202 || status === 204) return { kind: 'answer', status, text };
  const detail = `${what} was answered with status ${status}${activityOf(answer)}`;
  if (status === 401) return deliveryRefused('not-authorised', `${detail}: the credentials are not taken`);
  if (status === 403)
    return deliveryRefused(
      'permission-missing',
      `${detail}: its role may not do that; it needs the rights of app management by REST`,
    );
  if (status === 404) return deliveryRefused('slot-not-found', `${detail}: there is no such application for these credentials`);
  if (status === 429 || (status === 503 && (!isWrite || retryAfterMs !== undefined))) return deliveryLater(detail, retryAfterMs);
  if (status >= 500 || status < 300) return isWrite ? { kind: 'unknown', detail } : deliveryLater(detail, retryAfterMs);
  return deliveryRefused('vendor-refused', detail);
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Under which id the vendor's support finds the call. Nothing else of an error is believed to be free of what was sent. */
function activityOf({ text, headers }: OutboundAnswer & { readonly kind: 'answer' }): string {
  const inBody = /"activityId"\s*:\s*"([^"]{36})"/i.exec(text)?.[1] ?? '';
  const id = [inBody, headers?.['x-correlation-id'] ?? ''].find((one) => uuid.test(one));
  return id === undefined ? '' : ` (activity ${id})`;
}
