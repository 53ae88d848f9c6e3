/** The closed list of roles. Their meaning is in the documents of each service; there is no order among them. */
export const roles = ['viewer', 'operator', 'approver', 'token-admin', 'auditor', 'validator-caller'] as const;
export type Role = (typeof roles)[number];

export const isRole = (name: unknown): name is Role => (roles as readonly unknown[]).includes(name);

/** Who calls, as was verified. `roles['*']` holds in every environment. */
export type Principal = {
  /** Of a token as the issuer names it; of another way it begins with the way and a colon, which no token's may. */
  readonly subject: string;
  readonly roles: Readonly<Record<string, readonly Role[]>>;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** How the caller is known; left out: by a token of the issuer. */
  readonly via?: 'certificate' | 'break-glass';
  /** The issuer could not be asked whether the key of the token still holds: good for routes that revoke, and never remembered. */
  readonly keys?: 'stale';
};

/** Whether somebody is known in a way that is good for revoking by id only: nothing is forced, and no value is made or shown. */
export const mayOnlyRevoke = ({ via, keys }: Principal): boolean => via === 'break-glass' || keys === 'stale';

/**
 * What a route asks for. A route that says nothing is closed to everybody. `signature`: nothing is asked for before the route, which itself
 * checks who signed the request; `by` says in words what it checks, for the documents.
 */
export type RouteAccess =
  | { readonly kind: 'public' }
  /** `revokes`: it only takes away, so that it stays open while the issuer can't be reached; see {@link mayOnlyRevoke}. */
  | { readonly kind: 'roles'; readonly anyOf: readonly Role[]; readonly revokes?: true }
  | { readonly kind: 'signature'; readonly by: string };

/**
 * `unknown-environment`: the caller has no role there at all, and must not learn whether it exists.
 * `missing-role`: the caller may know it, but not do this.
 */
export type Authorisation = 'allowed' | 'unknown-environment' | 'missing-role';

const grantedIn = (principal: Principal, environment: string): readonly Role[] =>
  Object.hasOwn(principal.roles, environment) ? (principal.roles[environment] ?? none) : none;

const none: readonly Role[] = [];

/** Decides for one route. `environment` is undefined for a route outside all environments: there only roles under `*` count. */
export function authorise(principal: Principal, environment: string | undefined, anyOf: readonly Role[]): Authorisation {
  const everywhere = grantedIn(principal, '*');
  const here = environment === undefined || environment === '*' ? none : grantedIn(principal, environment);
  for (const role of anyOf) if (everywhere.includes(role) || here.includes(role)) return 'allowed';
  return environment !== undefined && everywhere.length === 0 && here.length === 0 ? 'unknown-environment' : 'missing-role';
}
