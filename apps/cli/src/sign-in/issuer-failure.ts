import { ResponseBodyError, WWWAuthenticateChallengeError } from 'oauth4webapi';
import { exits, Failure } from '../failure.ts';

/** The error code of OAuth, where the issuer said no. Its description is left out: it may quote what was sent. */
export function refusalOf(thrown: unknown): string | undefined {
  if (thrown instanceof ResponseBodyError) return /^[a-z_]{1,40}$/.test(thrown.error) ? thrown.error : 'it names no known reason';
  return thrown instanceof WWWAuthenticateChallengeError ? 'invalid_client' : undefined;
}

/** No answer in time, or one of a server that is in trouble: worth another try. */
export function isPassing(thrown: unknown): boolean {
  if (refusalOf(thrown) !== undefined) return false;
  if (thrown instanceof TypeError || (thrown instanceof DOMException && thrown.name === 'TimeoutError')) return true;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof Response && cause.status >= 500;
}

/** What a person can do about it. Neither a token nor the code of a device is in it. */
export function issuerFailure(thrown: unknown, clientId: string): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = refusalOf(thrown);
  if (code === undefined)
    return new Failure(
      exits.unreachable,
      'the issuer gave no usable answer',
      'Look at TALLYSTICK_ISSUER, which must be written as in its tokens, and whether it can be reached from here.',
    );
  if (code === 'access_denied') return new Failure(exits.notConfirmed, 'the sign-in was refused on the page of the issuer');
  if (code === 'expired_token')
    return new Failure(exits.notConfirmed, 'nobody signed in with this code in time', 'Say tallystick login again.');
  return new Failure(exits.notYours, `the issuer refuses the client ${clientId}: ${code}`, advice[code] ?? otherwise);
}

const otherwise =
  'Look at the client at the issuer: public, with the device authorization grant, and allowed to have this scope.';
const advice: Readonly<Record<string, string>> = {
  invalid_grant: 'The sign-in is over. Say tallystick login again.',
  invalid_scope: 'Look at TALLYSTICK_SCOPE, and what the issuer lets this client have.',
};
