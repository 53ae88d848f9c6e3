import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { isRole, type Principal, type Role } from './access.ts';
import { keySource, type KeySource } from './key-source.ts';

/** `missing`: no bearer token. `expired`, `invalid`: not accepted. `keys-unavailable`: the issuer's keys can't be fetched, so nothing is known. */
export type TokenRefusal = 'missing' | 'expired' | 'invalid' | 'keys-unavailable';
export type TokenVerdict =
  | { readonly kind: 'verified'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: TokenRefusal; readonly cause?: unknown };

export type TokenVerifier = {
  /** Verifies an Authorization header, from memory where the same token was verified before. Never rejects. */
  readonly verify: (authorizationHeader: string | undefined) => Promise<TokenVerdict>;
  /** The principal of a token that was verified before and still holds; undefined means: call {@link TokenVerifier.verify}. */
  readonly cached: (authorizationHeader: string | undefined) => Principal | undefined;
};

export type TokenVerifierOptions = {
  /** The issuer's JWKS: an `https:` URL, the path of a file, or the keys themselves. */
  readonly jwks: KeySource;
  readonly issuer: string;
  readonly audience: string;
  /** The claim `{ "<environment id>" | "*": Role[] }`. Default `roles`. */
  readonly rolesClaim?: string;
  readonly clockToleranceSeconds?: number;
  readonly maxCachedTokens?: number;
  /** A verified token is believed at most this long without another look at the keys. Default 600 000. */
  readonly maxCacheMs?: number;
  /** For an issuer inside the cluster without TLS; whoever can change that answer can be anybody. Default false. */
  readonly allowPlainHttp?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const algorithms = ['RS256', 'ES256', 'EdDSA'];
const bearer = /^Bearer +([A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+) *$/i;
const maxTokenLength = 8_192;

// Names that are no role of ours are other systems' roles and mean nothing here.
const grants = z.record(z.string().max(64), z.array(z.string()).max(64));

function principalOf(payload: JWTPayload, rolesClaim: string): Principal | undefined {
  const claimed = grants.safeParse(payload[rolesClaim] ?? {});
  if (!claimed.success || typeof payload.sub !== 'string' || payload.sub === '' || typeof payload.exp !== 'number')
    return undefined;
  const roles: Record<string, readonly Role[]> = Object.fromEntries(
    Object.entries(claimed.data).map(([environment, names]) => [environment, names.filter(isRole)]),
  );
  return { subject: payload.sub, roles, expiresAt: payload.exp * 1000 };
}

/** Verifies bearer JWTs of one OIDC issuer: signature, algorithm, issuer, audience, expiry. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const {
    issuer,
    audience,
    rolesClaim = 'roles',
    clockToleranceSeconds = 30,
    maxCachedTokens = 10_000,
    maxCacheMs = 600_000,
    now = Date.now,
  } = options;
  const keys: JWTVerifyGetKey = keySource(options.jwks, { allowPlainHttp: options.allowPlainHttp ?? false, now });
  const verified = new Map<string, { readonly principal: Principal; readonly until: number }>(); // in order of use: the first is the oldest
  const underWay = new Map<string, Promise<TokenVerdict>>();

  const keyOf = (header: string | undefined): string | undefined =>
    header === undefined || header.length > maxTokenLength ? undefined : hash('sha256', header, 'base64');

  function lookUp(key: string): Principal | undefined {
    const entry = verified.get(key);
    if (!entry) return undefined;
    verified.delete(key);
    if (entry.until <= now()) return undefined;
    verified.set(key, entry);
    return entry.principal;
  }

  function remember(key: string, principal: Principal): void {
    if (verified.size >= maxCachedTokens) for (const oldest of verified.keys()) if (verified.delete(oldest)) break;
    verified.set(key, { principal, until: Math.min(principal.expiresAt, now() + maxCacheMs) });
  }

  async function verifyToken(key: string, token: string): Promise<TokenVerdict> {
    try {
      const requiredClaims = ['exp', 'sub', 'iss', 'aud'];
      const currentDate = new Date(now());
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims,
        currentDate,
        clockTolerance: clockToleranceSeconds,
      });
      const principal = principalOf(payload, rolesClaim);
      if (!principal) return { kind: 'refused', reason: 'invalid' };
      remember(key, principal);
      return { kind: 'verified', principal };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) return { kind: 'refused', reason: 'expired' };
      const invalid =
        cause instanceof errors.JOSEError &&
        !(cause instanceof errors.JWKSTimeout) &&
        !(cause instanceof errors.JWKSInvalid) &&
        cause.code !== 'ERR_JOSE_GENERIC';
      return { kind: 'refused', reason: invalid ? 'invalid' : 'keys-unavailable', cause };
    }
  }

  return {
    cached: (header) => {
      const key = keyOf(header);
      return key === undefined ? undefined : lookUp(key);
    },
    verify: async (header) => {
      const key = keyOf(header);
      const token = header === undefined || key === undefined ? undefined : bearer.exec(header)?.[1];
      if (key === undefined || token === undefined)
        return { kind: 'refused', reason: header === undefined ? 'missing' : 'invalid' };
      const known = lookUp(key);
      if (known) return { kind: 'verified', principal: known };
      const running = underWay.get(key) ?? verifyToken(key, token).finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running;
    },
  };
}
