import { z } from 'zod';
import { isRole, type Principal, type Role } from './access.ts';

// Names that are no role of ours are other systems' roles and mean nothing here.
const byEnvironment = z.record(z.string().max(64), z.array(z.string()).max(64));
const words = z.array(z.string()).max(512);
const maxDepth = 8;

/** The roles in the claims of a token; undefined where they have another shape. */
export type RolesClaim = (claims: Readonly<Record<string, unknown>>) => Principal['roles'] | undefined;

/**
 * Where a token says its roles: the name of a claim, a path with dots (`realm_access.roles`), or a JSON pointer where names have dots or slashes
 * (`/https:~1~1example.org~1roles`). There stands an object `{ "<environment>" | "*": [role] }`, or an array of `<environment>:<role>`; words of
 * another form mean nothing, nor does one with two colons. Nothing there: no roles. It must be something that the issuer writes and nobody else:
 * who may edit it can be anybody.
 * @throws RangeError when it is no path.
 */
export function rolesClaimReader(path: string): RolesClaim {
  const steps = stepsOf(path);
  return (claims) => {
    let place: unknown = claims;
    for (const step of steps) {
      if (typeof place !== 'object' || place === null || Array.isArray(place) || !Object.hasOwn(place, step)) return {};
      place = (place as Record<string, unknown>)[step];
    }
    return place === undefined || place === null ? {} : rolesOf(place);
  };
}

function stepsOf(path: string): readonly string[] {
  const steps = path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : path.split('.');
  if (steps.length > maxDepth || steps.some((step) => step === ''))
    throw new RangeError('expected the name of a claim, a path with dots, or a JSON pointer');
  return steps;
}

function rolesOf(claimed: unknown): Principal['roles'] | undefined {
  if (!Array.isArray(claimed)) {
    const grants = byEnvironment.safeParse(claimed);
    if (!grants.success) return undefined;
    return Object.fromEntries(Object.entries(grants.data).map(([environment, names]) => [environment, names.filter(isRole)]));
  }
  const list = words.safeParse(claimed);
  if (!list.success) return undefined;
  const roles = new Map<string, Role[]>();
  for (const word of list.data) {
    const [, environment, role] = /^([^:]{1,64}):([^:]+)$/.exec(word) ?? [];
    if (environment === undefined || !isRole(role)) continue;
    roles.set(environment, [...(roles.get(environment) ?? []), role]);
  }
  return Object.fromEntries(roles);
}
