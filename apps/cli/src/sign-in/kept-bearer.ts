import type { Bearer } from '../access.ts';
import { exits, Failure } from '../failure.ts';
import type { Settings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { findIssuer, type Grant, refresh } from './device-grant.ts';
import { keepLogin, loginAt, loginFile, oneAtATime, readLogin } from './kept-login.ts';

/** The token of `tallystick login`, renewed in time where the issuer gave a refresh token. While that fails, one that still holds is given. */
export function keptBearer(terminal: Terminal, settings: Settings, issuer: string): Bearer {
  const at = loginAt(settings, issuer);
  const file = loginFile(terminal, at);
  const holds = ({ expiresAt }: Grant): boolean => terminal.time() < expiresAt;
  const isFresh = ({ renewAt }: Grant): boolean => terminal.time() < renewAt;
  const renewed = async (): Promise<Grant> => {
    const held = await readLogin(file); // another command may have renewed it, or ended it, while this one waited
    if (!held) throw nobody();
    if (isFresh(held)) return held;
    if (held.refreshToken === undefined) {
      if (holds(held)) return held;
      throw over();
    }
    try {
      const found = await findIssuer(at.issuer, at.clientId, settings.allowPlainHttp);
      const grant = await refresh(found, held.refreshToken, terminal);
      await keepLogin(file, at, grant);
      return grant;
    } catch (error) {
      if (holds(held)) return held;
      throw error;
    }
  };
  return async () => {
    const held = await readLogin(file);
    if (!held) throw nobody();
    if (isFresh(held)) return held.accessToken;
    return (await oneAtATime(file, terminal, renewed)).accessToken;
  };
}

const nobody = (): Failure =>
  new Failure(
    exits.notYours,
    'you are not signed in',
    'Say tallystick login. A script sets TALLYSTICK_CLIENT_ID and TALLYSTICK_CLIENT_SECRET_FILE, or TALLYSTICK_ACCESS_TOKEN_FILE.',
  );

const over = (): Failure => new Failure(exits.notYours, 'your sign-in is over', 'Say tallystick login again.');
