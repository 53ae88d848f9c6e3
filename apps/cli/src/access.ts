import { readFile } from 'node:fs/promises';
import { createServiceTokens, ServiceTokenError } from '@tallystick/platform-http/service-tokens';
import { exits, Failure, usage } from './failure.ts';
import type { Settings } from './settings.ts';
import { keptBearer } from './sign-in/kept-bearer.ts';
import type { Terminal } from './terminal.ts';

/** Gives a bearer token; asked before every request. Rejects with {@link Failure}. */
export type Bearer = () => Promise<string>;

const advice = {
  'secret-unreadable': 'Look at the file that TALLYSTICK_CLIENT_SECRET_FILE names.',
  refused: 'Look at the client id and its secret, and whether the issuer gives this client tokens for the audience.',
  'issuer-unavailable': 'Look at TALLYSTICK_ISSUER, and whether the issuer can be reached from here.',
} as const;

/**
 * Who asks: a token from a file (an agent or a sidecar keeps it fresh), the client-credentials grant with a secret from a file, or else the
 * person who said `tallystick login`.
 * No secret is an argument or a variable: both can be read by others on the machine.
 */
export function bearerOf(terminal: Terminal, settings: Settings): Bearer {
  const { accessTokenFile, issuer, clientId, clientSecretFile, audience, scope, allowPlainHttp } = settings;
  if (accessTokenFile !== undefined) return () => tokenIn(accessTokenFile);
  if (issuer === undefined)
    throw usage(
      'nothing says who you are',
      'Set TALLYSTICK_ISSUER and say tallystick login, or set TALLYSTICK_ACCESS_TOKEN_FILE.',
    );
  if (clientSecretFile === undefined) return keptBearer(terminal, settings, issuer);
  if (clientId === undefined) throw usage('TALLYSTICK_CLIENT_SECRET_FILE is set, and TALLYSTICK_CLIENT_ID is not');
  const more = { ...(scope === undefined ? {} : { scope }), ...(allowPlainHttp === undefined ? {} : { allowPlainHttp }) };
  let next: () => Promise<string>;
  try {
    next = createServiceTokens({ issuer, clientId, clientSecretFile, audience, ...more });
  } catch (error) {
    throw usage(`TALLYSTICK_ISSUER: ${error instanceof Error ? error.message : 'is wrong'}`);
  }
  return async () => {
    try {
      return await next();
    } catch (error) {
      if (!(error instanceof ServiceTokenError)) throw error;
      const exit =
        error.reason === 'refused' ? exits.notYours : error.reason === 'secret-unreadable' ? exits.usage : exits.unreachable;
      throw new Failure(exit, error.message, advice[error.reason]);
    }
  };
}

async function tokenIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw usage(`the access token in ${file} can not be read`);
  });
  const token = text.trim();
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) throw usage(`${file} has no access token`);
  return token;
}
