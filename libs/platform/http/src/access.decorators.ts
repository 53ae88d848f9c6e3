import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Principal, Role, RouteAccess } from './access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route without it is closed to everybody. */
    access?: RouteAccess;
  }
  interface FastifyRequest {
    principal: Principal | null;
    /** Who is known, and was refused for want of a role; for the audit. */
    refused: Principal | null;
  }
}

/** The roles that may call a route, any one of them. For a route outside Nest: `{ config: { access: rolesAccess('viewer') } }`. */
export const rolesAccess = (...anyOf: readonly [Role, ...Role[]]): RouteAccess => ({ kind: 'roles', anyOf });

/**
 * For a route outside Nest whose callers have a key instead of a bearer token: `{ config: { access: signatureAccess('…') } }`. The route
 * reads the body, and refuses whoever did not sign it; nobody else does.
 * @param by what is checked, in words.
 */
export const signatureAccess = (by: string): RouteAccess => ({ kind: 'signature', by });

/** Names the roles that may call this route. A route under `:environment` needs one of them in that environment or in `*`, another route in `*`. */
export const Roles = (...anyOf: readonly [Role, ...Role[]]): MethodDecorator => RouteConfig({ access: rolesAccess(...anyOf) });

/**
 * As {@link Roles}, for a route that does nothing but revoke what it is given by id: callers whose keys are old and holders of the
 * break-glass credential come in as well while the issuer is away. The route asks `mayOnlyRevoke`, and then neither forces nor makes values.
 */
export const RolesToRevoke = (...anyOf: readonly [Role, ...Role[]]): MethodDecorator =>
  RouteConfig({ access: { kind: 'roles', anyOf, revokes: true } satisfies RouteAccess });

/** Opens a route to everybody. For health and documents only. */
export const Public = (): MethodDecorator => RouteConfig({ access: { kind: 'public' } satisfies RouteAccess });

/** The verified caller, as a parameter of a route with {@link Roles}. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal) throw new TypeError('a public route has no principal');
  return principal;
});
