import { filePath, flag } from '@tallystick/platform-config';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** What every service reads to know its callers: the entries of its configuration schema. */
export const authVariables = {
  /** The issuer exactly as it stands in tokens. Without AUTH_JWKS it is asked for its keys (OpenID discovery) and must be an `https:` URL. */
  AUTH_ISSUER: z.string({ error: 'expected the issuer' }),
  AUTH_AUDIENCE: z.string({ error: 'expected the audience' }),
  /** The `https:` URL or the file of the issuer's JWKS, where its discovery document can't be reached; it wins over discovery. */
  AUTH_JWKS: filePath.optional(),
  /** For an issuer inside the cluster without TLS: whoever can change its answers can be anybody. This machine needs no such leave. */
  AUTH_ALLOW_PLAIN_HTTP: flag.default(false),
};

export type AuthVariables = {
  readonly AUTH_ISSUER: string;
  readonly AUTH_AUDIENCE: string;
  readonly AUTH_JWKS?: string | undefined;
  readonly AUTH_ALLOW_PLAIN_HTTP: boolean;
};

/**
 * The verifier that the variables describe. Asks nobody yet: a service starts while its issuer is down.
 * @throws Error that begins with the name of the variable that is wrong, and never has its value.
 */
export function tokenVerifierOf(variables: AuthVariables, logger: Logger): TokenVerifier {
  const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS, AUTH_ALLOW_PLAIN_HTTP } = variables;
  try {
    return createTokenVerifier({
      issuer: AUTH_ISSUER,
      audience: AUTH_AUDIENCE,
      ...(AUTH_JWKS === undefined ? {} : { jwks: AUTH_JWKS }),
      allowPlainHttp: AUTH_ALLOW_PLAIN_HTTP,
      logger,
    });
  } catch (error) {
    throw new Error(`${AUTH_JWKS === undefined ? 'AUTH_ISSUER' : 'AUTH_JWKS'}: ${error instanceof Error ? error.message : ''}`);
  }
}
