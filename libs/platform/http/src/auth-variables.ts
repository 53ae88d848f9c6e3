import { csv, durationMs, filePath, flag, wholeNumber } from '@tallystick/platform-config';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { type BreakGlass, createBreakGlass } from './break-glass.ts';
import { rolesClaimReader } from './roles-claim.ts';
import {
  createTokenVerifier,
  maxClockToleranceSeconds,
  maxStaleKeysMs,
  type TokenAlgorithm,
  tokenAlgorithms,
  type TokenVerifier,
  usualAlgorithms,
} from './token-verifier.ts';

/** What every service reads to know its callers: the entries of its configuration schema. */
export const authVariables = {
  /** The issuer exactly as it stands in tokens. Without AUTH_JWKS it is asked for its keys (OpenID discovery) and must be an `https:` URL. */
  AUTH_ISSUER: z.string({ error: 'expected the issuer' }),
  /** The audience that tokens must be for. */
  AUTH_AUDIENCE: z.string({ error: 'expected the audience' }),
  /** The `https:` URL or the file of the issuer's JWKS, where its discovery document can't be reached; it wins over discovery. */
  AUTH_JWKS: filePath.optional(),
  /** For an issuer inside the cluster without TLS: whoever can change its answers can be anybody. This machine needs no such leave. */
  AUTH_ALLOW_PLAIN_HTTP: flag.default(false),
  /** What tokens may be signed with, separated by commas: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA. */
  AUTH_ALGORITHMS: csv
    .pipe(z.array(z.enum(tokenAlgorithms), { error: `expected some of ${tokenAlgorithms.join(', ')}` }))
    .default([...usualAlgorithms]),
  /** Seconds by which the issuer's clock and this one may differ: a token is good for so much longer. */
  AUTH_CLOCK_TOLERANCE: wholeNumber(0, maxClockToleranceSeconds).default(30),
  /**
   * Where tokens say their roles: a claim, a path with dots, or a JSON pointer, to `{"<environment>": ["<role>"]}` or to a list of
   * `<environment>:<role>`. Only the issuer may be able to write there: who can edit it can be anybody.
   */
  AUTH_ROLES_CLAIM: z
    .string()
    .refine(isPath, { error: 'expected a claim, a path with dots, or a JSON pointer' })
    .default('roles'),
};

/** What a service reads besides that has routes which revoke. */
export const revokingVariables = {
  /**
   * How old the issuer's keys may be for a token that only revokes, while the issuer can't be reached; at most a day. Everything else ends
   * after ten minutes. See `docs/operations/issuer-away.md`.
   */
  AUTH_STALE_KEYS: durationMs.refine((ms) => ms <= maxStaleKeysMs, { error: 'expected 24h or less' }).default(14_400_000),
  /** The digests of the break-glass credential, see `docs/operations/issuer-away.md`; looked at again every 10 seconds. */
  AUTH_BREAK_GLASS_FILE: filePath.optional(),
};

function isPath(text: string): boolean {
  try {
    rolesClaimReader(text);
    return true;
  } catch {
    return false;
  }
}

export type AuthVariables = {
  readonly AUTH_ISSUER: string;
  readonly AUTH_AUDIENCE: string;
  readonly AUTH_JWKS?: string | undefined;
  readonly AUTH_ALLOW_PLAIN_HTTP: boolean;
  readonly AUTH_ALGORITHMS: readonly TokenAlgorithm[];
  readonly AUTH_CLOCK_TOLERANCE: number;
  readonly AUTH_ROLES_CLAIM: string;
  readonly AUTH_STALE_KEYS?: number;
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
      algorithms: variables.AUTH_ALGORITHMS,
      clockToleranceSeconds: variables.AUTH_CLOCK_TOLERANCE,
      rolesClaim: variables.AUTH_ROLES_CLAIM,
      staleKeysMs: variables.AUTH_STALE_KEYS ?? 0,
      logger,
    });
  } catch (error) {
    throw new Error(`${AUTH_JWKS === undefined ? 'AUTH_ISSUER' : 'AUTH_JWKS'}: ${error instanceof Error ? error.message : ''}`);
  }
}

/**
 * The break-glass credential that the variables describe; undefined without one.
 * @throws Error that begins with the name of the variable, and never has what is in the file.
 */
export function breakGlassOf(
  { AUTH_BREAK_GLASS_FILE: file }: { readonly AUTH_BREAK_GLASS_FILE?: string | undefined },
  needs: { readonly auth: TokenVerifier; readonly logger: Logger; readonly onUse: (at: number) => void },
): BreakGlass | undefined {
  if (file === undefined) return undefined;
  const { auth, logger, onUse } = needs;
  try {
    return createBreakGlass({ file, issuerAwayMs: () => auth.issuerAwayMs?.() ?? Promise.resolve(0), logger, onUse });
  } catch (error) {
    throw new Error(`AUTH_BREAK_GLASS_FILE: ${error instanceof Error ? error.message : 'unknown fault'}`);
  }
}
