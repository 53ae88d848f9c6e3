import { createHash, timingSafeEqual } from 'node:crypto';
import { type MfaCredentials } from '../wire/pingone-file.ts';
import { type MfaSettings } from '../state/settings.ts';

/** A token request, as it came. */
export interface TokenRequest {
  readonly environment: string;
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly text: string;
}

/** Why there is no token (RFC 6749, 5.2), with its status. */
export interface TokenRefusal {
  readonly status: 400 | 401 | 404;
  readonly error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'not_found';
  readonly description: string;
}

const refuse = (status: TokenRefusal['status'], error: TokenRefusal['error'], description: string): TokenRefusal => ({
  status,
  error,
  description,
});

/** Compared by digest, so that neither length nor content shows in the time that it takes. */
const same = (a: string, b: string) => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/** The two parts of a Basic header, each form-decoded (RFC 6749, 2.3.1). */
function basicClient(authorization: string | undefined) {
  const [, encoded] = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const decode = (text: string) => new URLSearchParams(`t=${text.replaceAll('&', '%26')}`).get('t') ?? '';
  return { id: decode(id), secret: decode(secret.join(':')) };
}

/** Whether the client gets an access token; `undefined` if so. */
export function judgeTokenRequest(
  request: TokenRequest,
  credentials: MfaCredentials,
  settings: Pick<MfaSettings, 'clientSecret' | 'clientAuthentication'>,
): TokenRefusal | undefined {
  if (request.environment !== credentials.environmentId) return refuse(404, 'not_found', 'There is no such environment.');
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.contentType))
    return refuse(400, 'invalid_request', 'The body must be a form.');
  const form = new URLSearchParams(request.text);
  if (form.get('grant_type') !== 'client_credentials')
    return refuse(400, 'unsupported_grant_type', 'Only client_credentials is supported.');
  const basic = basicClient(request.authorization);
  const id = form.get('client_id');
  const post = form.has('client_secret') ? { id: id ?? '', secret: form.get('client_secret') ?? '' } : undefined;
  if (basic && post) return refuse(400, 'invalid_request', 'The client must authenticate in one way only.');
  const client = basic ?? post;
  const way = basic ? 'basic' : 'post';
  const good =
    client !== undefined &&
    (settings.clientAuthentication === 'any' || settings.clientAuthentication === way) &&
    settings.clientSecret === 'accepted' &&
    same(client.id, credentials.clientId) &&
    same(client.secret, credentials.clientSecret);
  return good ? undefined : refuse(401, 'invalid_client', 'Client authentication failed.');
}
