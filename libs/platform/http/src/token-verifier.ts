import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { isRole, type Principal, type Role } from './access.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { keyLoader, type KeySource } from './key-source.ts';

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
  /** Fetches the keys ahead of the first caller. Never rejects: a service starts while its issuer is down, and its log says so. */
  readonly prepare: () => Promise<void>;
};

export type TokenVerifierOptions = {
  /** The issuer's JWKS: an `https:` URL, the path of a file, or the keys themselves. Default: what the issuer's discovery document names. */
  readonly jwks?: KeySource;
  /** Exactly as in tokens. Without `jwks` an `https:` URL, or `http:` on this machine. */
  readonly issuer: string;
  readonly audience: string;
  /** The claim `{ "<environment id>" | "*": Role[] }`. Default `roles`. */
  readonly rolesClaim?: string;
  readonly clockToleranceSeconds?: number;
  readonly maxCachedTokens?: number;
  /**
   * No key, and no token that was verified with it, is believed longer than this after the look that brought the key: a key that the
   * issuer withdraws stops opening doors within that time. It is as well how long callers are known while the issuer can't be reached.
   * Default 600 000: 10 minutes.
   */
  readonly maxCacheMs?: number;
  /** For an issuer inside the cluster without TLS; whoever can change that answer can be anybody. Default false. */
  readonly allowPlainHttp?: boolean;
  /** Hears once when the keys can't be had, and once when they are there again. */
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const algorithms = ['RS256', 'ES256', 'EdDSA'];
const bearer = /^Bearer +([A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+) *$/i;
const maxTokenLength = 8_192;

// Names that are no role of ours are other systems' roles and mean nothing here.
const grants = z.record(z.string().max(64), z.array(z.string()).max(64));

/** Who somebody is gets written down: half a surrogate pair would be kept as something else, and two names become one. */
const isSubject = (sub: unknown): sub is string => typeof sub === 'string' && sub !== '' && !/\p{Surrogate}/u.test(sub);

function principalOf(payload: JWTPayload, rolesClaim: string): Principal | undefined {
  const claimed = grants.safeParse(payload[rolesClaim] ?? {});
  if (!claimed.success || !isSubject(payload.sub) || typeof payload.exp !== 'number') return undefined;
  const roles: Record<string, readonly Role[]> = Object.fromEntries(
    Object.entries(claimed.data).map(([environment, names]) => [environment, names.filter(isRole)]),
  );
  return { subject: payload.sub, roles, expiresAt: payload.exp * 1000 };
}

/**
 * Verifies bearer JWTs of one OIDC issuer: signature, algorithm, issuer, audience, expiry. Keys are looked at again every minute.
 * @throws Error when the address of the issuer or of its keys is plain `http:` to another machine, unless allowed.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const {
    issuer,
    audience,
    rolesClaim = 'roles',
    clockToleranceSeconds = 30,
    maxCachedTokens = 10_000,
    maxCacheMs = 600_000,
    allowPlainHttp = false,
    logger,
    now = Date.now,
  } = options;
  const load = keyLoader(options.jwks, { issuer, allowPlainHttp });
  const keys = new IssuerKeys({ load, keepMs: maxCacheMs, now, logger });
  const verified = new Map<string, { readonly principal: Principal; readonly until: number }>(); // in order of use: the first is the oldest
  let youngest: string | undefined; // the last of them
  const underWay = new Map<string, Promise<TokenVerdict>>();

  let lastKey: { readonly header: string; readonly key: string } | undefined; // one caller asks again and again
  const keyOf = (header: string | undefined): string | undefined => {
    if (header === undefined || header.length > maxTokenLength) return undefined;
    if (lastKey?.header !== header) lastKey = { header, key: hash('sha256', header, 'base64') };
    return lastKey.key;
  };

  function lookUp(key: string): Principal | undefined {
    const entry = verified.get(key);
    if (!entry) return undefined;
    if (entry.until <= now()) {
      verified.delete(key);
      return undefined;
    }
    if (youngest !== key) {
      verified.delete(key);
      verified.set(key, entry);
      youngest = key;
    }
    return entry.principal;
  }

  function remember(key: string, principal: Principal, trustedUntil: number): void {
    if (verified.size >= maxCachedTokens) for (const oldest of verified.keys()) if (verified.delete(oldest)) break;
    verified.set(key, { principal, until: Math.min(principal.expiresAt, trustedUntil) });
    youngest = key;
  }

  async function verifyToken(key: string, token: string): Promise<TokenVerdict> {
    let trustedUntil = 0;
    try {
      const requiredClaims = ['exp', 'sub', 'iss', 'aud'];
      const currentDate = new Date(now());
      const keyOfToken = async (...token: Parameters<IssuerKeys['find']>) => {
        const found = await keys.find(...token);
        trustedUntil = found.trustedUntil;
        return found.key;
      };
      const { payload } = await jwtVerify(token, keyOfToken, {
        issuer,
        audience,
        algorithms,
        requiredClaims,
        currentDate,
        clockTolerance: clockToleranceSeconds,
      });
      const principal = principalOf(payload, rolesClaim);
      if (!principal) return { kind: 'refused', reason: 'invalid' };
      remember(key, principal, trustedUntil);
      return { kind: 'verified', principal };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) return { kind: 'refused', reason: 'expired' };
      return { kind: 'refused', reason: cause instanceof errors.JOSEError ? 'invalid' : 'keys-unavailable', cause };
    }
  }

  return {
    prepare: () => keys.look(),
    cached: (header) => {
      keys.refreshWhenDue();
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
