import { csv, durationMs, filePath, flag, wholeNumber } from '@tallystick/platform-config';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { type BreakGlass, createBreakGlass } from './break-glass.ts';
import { rolesClaimReader } from './roles-claim.ts';
import {
  createTokenVerifier,
  maxClockToleranceSeconds,
  maxFreshKeysMs,
  maxStaleKeysMs,
  minFreshKeysMs,
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
  /**
   * What the header of tokens must say that they are (`typ`), as `at+jwt` of RFC 9068, so that no other token of the issuer opens anything.
   * Left out: it is not asked for, since many issuers say `JWT` of all their tokens.
   */
  AUTH_ACCESS_TOKEN_TYPE: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.+/-]{0,63}$/, { error: 'expected a type as at+jwt' })
    .optional(),
  /**
   * How long the issuer's keys are believed after the look that brought them, and so how long one that it withdraws may still open doors; from
   * 10s to 10m. When they can't be had for so long, bearer tokens open nothing but what revokes, and the break-glass credential is open.
   */
  AUTH_FRESH_KEYS: durationMs
    .refine((ms) => ms >= minFreshKeysMs && ms <= maxFreshKeysMs, { error: 'expected from 10s to 10m' })
    .default(maxFreshKeysMs),
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
   * after AUTH_FRESH_KEYS. See `docs/operations/issuer-away.md`.
   */
  AUTH_STALE_KEYS: durationMs.refine((ms) => ms <= maxStaleKeysMs, { error: 'expected 24h or less' }).default(14_400_000),
  /** The digests of the break-glass credential, see `docs/operations/issuer-away.md`; looked at again every 10 seconds. */
  AUTH_BREAK_GLASS_FILE: filePath.optional(),
  /**
   * Tokens that a break-glass credential may revoke a minute, in all environments together, at each process: who has stolen it can't empty
   * all rings at once. More are answered 429 with Retry-After.
   */
  AUTH_BREAK_GLASS_PER_MINUTE: wholeNumber(1, 10_000).default(60),
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
  readonly AUTH_ACCESS_TOKEN_TYPE?: string | undefined;
  readonly AUTH_FRESH_KEYS?: number;
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
      ...(variables.AUTH_ACCESS_TOKEN_TYPE === undefined ? {} : { tokenType: variables.AUTH_ACCESS_TOKEN_TYPE }),
      maxCacheMs: variables.AUTH_FRESH_KEYS ?? maxFreshKeysMs,
      rolesClaim: variables.AUTH_ROLES_CLAIM,
      staleKeysMs: variables.AUTH_STALE_KEYS ?? 0,
      logger,
    });
  } catch (error) {
    throw new Error(`${AUTH_JWKS === undefined ? 'AUTH_ISSUER' : 'AUTH_JWKS'}: ${error instanceof Error ? error.message : ''}`);
  }
}

/**
 * The break-glass credential that the variables describe; undefined without one. With one the issuer's keys are looked at also while nobody calls.
 * @throws Error that begins with the name of the variable, and never has what is in the file.
 */
export function breakGlassOf(
  {
    AUTH_BREAK_GLASS_FILE: file,
    AUTH_FRESH_KEYS: openAfterMs = maxFreshKeysMs,
  }: { readonly AUTH_BREAK_GLASS_FILE?: string | undefined; readonly AUTH_FRESH_KEYS?: number },
  needs: { readonly auth: TokenVerifier; readonly logger: Logger; readonly onUse: (at: number) => void },
): BreakGlass | undefined {
  if (file === undefined) return undefined;
  const { auth, logger, onUse } = needs;
  try {
    const issuerAwayMs = () => auth.issuerAwayMs?.() ?? Promise.resolve(0);
    const breakGlass = createBreakGlass({ file, issuerAwayMs, openAfterMs, logger, onUse });
    auth.keepLooking?.();
    return breakGlass;
  } catch (error) {
    throw new Error(`AUTH_BREAK_GLASS_FILE: ${error instanceof Error ? error.message : 'unknown fault'}`);
  }
}
