import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Logger } from '@tallystick/platform-observability';
import type { Principal } from './access.ts';
import { IssuerKeys, type KeyTrust } from './issuer-keys.ts';
import { keyLoader, type KeySource } from './key-source.ts';
import { rolesClaimReader, type RolesClaim } from './roles-claim.ts';

/** `missing`: no bearer token. `expired`, `invalid`: not accepted. `keys-unavailable`: the issuer's keys can't be fetched, so nothing is known. */
export type TokenRefusal = 'missing' | 'expired' | 'invalid' | 'keys-unavailable';
export type TokenVerdict =
  | { readonly kind: 'verified'; readonly principal: Principal }
  /** By a key that can't be asked for at the moment; the principal says so. Only {@link TokenVerifier.verifyToRevoke} gives it. */
  | { readonly kind: 'verified-stale'; readonly principal: Principal & { readonly keys: 'stale' } }
  | { readonly kind: 'refused'; readonly reason: TokenRefusal; readonly cause?: unknown };

export type TokenVerifier = {
  /** Verifies an Authorization header, from memory where the same token was verified before. Never rejects. */
  readonly verify: (authorizationHeader: string | undefined) => Promise<TokenVerdict>;
  /** The principal of a token that was verified before and still holds; undefined means: call {@link TokenVerifier.verify}. */
  readonly cached: (authorizationHeader: string | undefined) => Principal | undefined;
  /**
   * For a route that only revokes: as `verify`, and where that has no keys, the keys of the last good look are taken for a token that was
   * issued before it. Asks the issuer once more before. Remembers nothing of it.
   */
  readonly verifyToRevoke?: (authorizationHeader: string | undefined) => Promise<TokenVerdict>;
  /** Milliseconds since the issuer's keys could last be had, by a clock that nobody sets; asks once more before. Never rejects. */
  readonly issuerAwayMs?: () => Promise<number>;
  /** From now on the keys are looked at also while nobody calls, so that `issuerAwayMs` is about the issuer and not about callers. */
  readonly keepLooking?: () => void;
  /** Fetches the keys ahead of the first caller. Never rejects: a service starts while its issuer is down, and its log says so. */
  readonly prepare: () => Promise<void>;
};

export type TokenVerifierOptions = {
  /** The issuer's JWKS: an `https:` URL, the path of a file, or the keys themselves. Default: what the issuer's discovery document names. */
  readonly jwks?: KeySource;
  /** Exactly as in tokens. Without `jwks` an `https:` URL, or `http:` on this machine. */
  readonly issuer: string;
  readonly audience: string;
  /** What the header of tokens must call them (`typ`), in capitals or not, with `application/` or not. Default: it is not asked for. */
  readonly tokenType?: string;
  /** Where the roles stand; see {@link rolesClaimReader}. Default `roles`. */
  readonly rolesClaim?: string;
  /** Default RS256, ES256 and EdDSA. */
  readonly algorithms?: readonly TokenAlgorithm[];
  /** At most 120; default 30. */
  readonly clockToleranceSeconds?: number;
  readonly maxCachedTokens?: number;
  /**
   * No key, and no token that was verified with it, is believed longer than this after the look that brought the key: a key that the
   * issuer withdraws stops opening doors within that time. It is as well how long callers are known while the issuer can't be reached.
   * Default 600 000: 10 minutes, and no more; at least 10 seconds, for after a look that failed the next comes five seconds later.
   */
  readonly maxCacheMs?: number;
  /** How old keys may be for {@link TokenVerifier.verifyToRevoke}; at most a day. Default 0: no older than for everything else. */
  readonly staleKeysMs?: number;
  /** For an issuer inside the cluster without TLS; whoever can change that answer can be anybody. Default false. */
  readonly allowPlainHttp?: boolean;
  /** Hears once when the keys can't be had, and once when they are there again. */
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs?: () => number;
};

/** What tokens may be signed with: nothing that is verified with a secret. */
export const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];
export const usualAlgorithms: readonly TokenAlgorithm[] = ['RS256', 'ES256', 'EdDSA'];
export const maxClockToleranceSeconds = 120;
export const maxStaleKeysMs = 86_400_000;
export const minFreshKeysMs = 10_000;
export const maxFreshKeysMs = 600_000;

const bearer = /^Bearer +([A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+) *$/i;
const isBearer = /^Bearer /i;
const maxTokenLength = 8_192;

/**
 * Who somebody is gets written down: half a surrogate pair would be kept as something else, and two names become one. Who is not known by a
 * token has a name that begins with the way: nobody may be called so by an issuer that lets people choose.
 */
const isSubject = (sub: unknown): sub is string =>
  typeof sub === 'string' && sub !== '' && !/\p{Surrogate}|^\s*(?:break-glass|certificate):/iu.test(sub);

function principalOf(payload: JWTPayload, rolesIn: RolesClaim): Principal | undefined {
  const roles = rolesIn(payload);
  if (!roles || !isSubject(payload.sub) || typeof payload.exp !== 'number') return undefined;
  return { subject: payload.sub, roles, expiresAt: payload.exp * 1000 };
}

/** By either clock, whichever says so first: one that was set back must not keep a token for longer than its key (R38). */
interface Verified {
  readonly principal: Principal;
  readonly until: number;
  readonly untilElapsed: number;
}

/**
 * Verifies bearer JWTs of one OIDC issuer: signature, algorithm, issuer, audience, expiry. Keys are looked at again every minute, or every third
 * of `maxCacheMs` where that is sooner.
 * @throws Error when the address of the issuer or of its keys is plain `http:` to another machine, unless allowed; RangeError on an algorithm,
 * a tolerance or an age of keys that nobody may set.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const {
    issuer,
    audience,
    tokenType,
    rolesClaim = 'roles',
    algorithms = usualAlgorithms,
    clockToleranceSeconds = 30,
    staleKeysMs = 0,
    maxCachedTokens = 10_000,
    maxCacheMs = maxFreshKeysMs,
    allowPlainHttp = false,
    logger,
    now = Date.now,
    elapsedMs = () => performance.now(),
  } = options;
  if (algorithms.length === 0 || algorithms.some((one) => !tokenAlgorithms.includes(one)))
    throw new RangeError('an algorithm of tokens must be one of those that need no secret');
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= maxClockToleranceSeconds))
    throw new RangeError(`tokens hold at most ${maxClockToleranceSeconds} seconds longer than they say`);
  if (!(staleKeysMs >= 0 && staleKeysMs <= maxStaleKeysMs)) throw new RangeError('keys are kept a day at most');
  const rolesIn = rolesClaimReader(rolesClaim);
  const load = keyLoader(options.jwks, { issuer, allowPlainHttp });
  const keys = new IssuerKeys({ load, keepMs: maxCacheMs, staleMs: staleKeysMs, now, elapsedMs, logger });
  const verified = new Map<string, Verified>(); // in order of use: the first is the oldest
  let youngest: string | undefined; // the last of them
  const underWay = new Map<string, Promise<TokenVerdict>>();

  let lastKey: { readonly header: string; readonly key: string } | undefined; // one caller asks again and again
  const keyOf = (header: string | undefined): string | undefined => {
    if (header === undefined || header.length > maxTokenLength || !isBearer.test(header)) return undefined; // keeps no other credential
    if (lastKey?.header !== header) lastKey = { header, key: hash('sha256', header, 'base64') };
    return lastKey.key;
  };

  function lookUp(key: string): Principal | undefined {
    const entry = verified.get(key);
    if (!entry) return undefined;
    if (entry.until <= now() || entry.untilElapsed <= elapsedMs()) {
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

  function remember(key: string, principal: Principal, { trustedUntil, trustedUntilElapsed }: KeyTrust): void {
    if (verified.size >= maxCachedTokens) for (const oldest of verified.keys()) if (verified.delete(oldest)) break;
    const { expiresAt } = principal;
    const until = Math.min(expiresAt, trustedUntil);
    verified.set(key, { principal, until, untilElapsed: Math.min(elapsedMs() + expiresAt - now(), trustedUntilElapsed) });
    youngest = key;
  }

  const expected = (...more: readonly string[]) => ({
    issuer,
    audience,
    algorithms: [...algorithms],
    ...(tokenType === undefined ? {} : { typ: tokenType }),
    requiredClaims: ['exp', 'sub', 'iss', 'aud', ...more],
    currentDate: new Date(now()),
    clockTolerance: clockToleranceSeconds,
  });

  async function verifyToken(key: string, token: string): Promise<TokenVerdict> {
    let trust: KeyTrust = { trustedUntil: 0, trustedUntilElapsed: 0 };
    try {
      const keyOfToken = async (...token: Parameters<IssuerKeys['find']>) => {
        const found = await keys.find(...token);
        trust = found;
        return found.key;
      };
      const { payload } = await jwtVerify(token, keyOfToken, expected());
      const principal = principalOf(payload, rolesIn);
      if (!principal) return { kind: 'refused', reason: 'invalid' };
      remember(key, principal, trust);
      return { kind: 'verified', principal };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) return { kind: 'refused', reason: 'expired' };
      return { kind: 'refused', reason: cause instanceof errors.JOSEError ? 'invalid' : 'keys-unavailable', cause };
    }
  }

  /** Undefined: not this way either. */
  async function verifyStale(token: string): Promise<Principal | undefined> {
    let lookedAt = -Infinity;
    const keyOfToken = async (...token: Parameters<IssuerKeys['find']>) => {
      const found = await keys.findStale(...token);
      lookedAt = found.lookedAt;
      return found.key;
    };
    const { payload } = await jwtVerify(token, keyOfToken, expected('iat'));
    return (payload.iat ?? Infinity) * 1000 < lookedAt ? principalOf(payload, rolesIn) : undefined;
  }

  const verify: TokenVerifier['verify'] = async (header) => {
    const key = keyOf(header);
    const token = header === undefined || key === undefined ? undefined : bearer.exec(header)?.[1];
    if (key === undefined || token === undefined)
      return { kind: 'refused', reason: header === undefined ? 'missing' : 'invalid' };
    const known = lookUp(key);
    if (known) return { kind: 'verified', principal: known };
    const running = underWay.get(key) ?? verifyToken(key, token).finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  };

  return {
    prepare: () => keys.look(),
    cached: (header) => {
      keys.refreshWhenDue();
      const key = keyOf(header);
      return key === undefined ? undefined : lookUp(key);
    },
    verify,
    issuerAwayMs: () => keys.awayForMs(),
    keepLooking: () => keys.keepLooking(),
    verifyToRevoke: async (header) => {
      const looks = keys.looks;
      const verdict = await verify(header);
      const token = header === undefined ? undefined : bearer.exec(header)?.[1];
      if (verdict.kind !== 'refused' || verdict.reason !== 'keys-unavailable' || token === undefined) return verdict;
      try {
        const principal = await verifyStale(token);
        if (!principal) return verdict;
        if (keys.looks > looks) return { kind: 'verified-stale', principal: { ...principal, keys: 'stale' } };
        // Signed well, so no stranger makes us ask: one more look, for the key may be withdrawn and the issuer there again.
        await keys.look();
        const again = await verify(header);
        return again.kind === 'refused' && again.reason === 'keys-unavailable'
          ? { kind: 'verified-stale', principal: { ...principal, keys: 'stale' } }
          : again;
      } catch {
        return verdict;
      }
    },
  };
}
