import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from '@tallystick/platform-observability';
import { authorise, type Principal, type RouteAccess } from './access.ts';
import { type BreakGlass, isBreakGlass } from './break-glass.ts';
import type { CertificateCallers } from './certificate-callers.ts';
import { forbidden, methodNotAllowed, notFound, ProblemException, unauthenticated } from './problem.ts';
import type { TokenVerifier } from './token-verifier.ts';

const documentRoutes = /^\/(?:docs(?:\/|$)|openapi\.json$)/;
const routesOf = new WeakMap<FastifyInstance, Map<string, RouteRow>>();
const routeName = (method: string, url: string): string => `${method} ${url}`;

/** A registered route, and who may call it. `closed`: it says nothing, so nobody can, which is a mistake. */
export type RouteRow = { readonly method: string; readonly pattern: string; readonly access: RouteAccess | 'closed' };

/** What decides who comes in. */
export type Gate = {
  readonly verifier: TokenVerifier;
  readonly breakGlass?: BreakGlass | undefined;
  readonly certificates?: CertificateCallers | undefined;
  readonly logger: Logger;
};

/**
 * Who calls, as far as that is known without waiting; for the framework and for the road beside it. Any Authorization header decides alone,
 * also an empty one; else the certificate does. A certificate that is not good is never taken for none.
 */
export function knownCaller(
  {
    verifier,
    certificates,
  }: { readonly verifier: Pick<TokenVerifier, 'cached'>; readonly certificates?: CertificateCallers | undefined },
  { headers: { authorization }, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
): Principal | 'refused' | undefined {
  if (authorization !== undefined) return isBreakGlass(authorization) ? undefined : verifier.cached(authorization);
  const verdict = certificates?.of(socket);
  if (verdict === undefined || verdict.kind === 'none') return undefined;
  return verdict.kind === 'caller' ? verdict.principal : 'refused';
}

/** Throws what the caller is to get, unless the principal may use the route. */
function check(principal: Principal, access: RouteAccess & { kind: 'roles' }, request: FastifyRequest): void {
  const environment = (request.params as { environment?: unknown } | undefined)?.environment;
  switch (authorise(principal, typeof environment === 'string' ? environment : undefined, access.anyOf)) {
    case 'allowed':
      request.principal = principal;
      return;
    case 'unknown-environment':
      throw notFound();
    case 'missing-role':
      request.refused = principal; // for who tells of it; nothing takes them for somebody who may
      throw forbidden();
  }
}

async function admit(
  request: FastifyRequest,
  access: RouteAccess & { kind: 'roles' },
  { verifier, breakGlass, logger }: Gate,
): Promise<void> {
  const header = request.headers.authorization;
  if (isBreakGlass(header)) {
    const holder = access.revokes ? await breakGlass?.admit(header, linkOf(request)) : undefined;
    if (!holder) throw unauthenticated();
    return check(holder, access, request);
  }
  const toRevoke = access.revokes && verifier.verifyToRevoke;
  const verdict = await (toRevoke ? toRevoke(header) : verifier.verify(header));
  if (verdict.kind === 'verified-stale')
    logger.warn({ requestId: request.id }, "a caller is known by keys of before: the issuer's can not be had");
  if (verdict.kind !== 'refused') return check(verdict.principal, access, request);
  if (verdict.reason === 'keys-unavailable') {
    logger.debug({ requestId: request.id, err: verdict.cause }, "the issuer's keys can not be had"); // said once, loudly, by who looks
    throw new ProblemException(
      'unavailable',
      503,
      'The service is not available now',
      'Tokens can not be checked at the moment. Try again later.',
    );
  }
  logger.info({ requestId: request.id, refusal: verdict.reason, err: verdict.cause }, 'a caller was not authenticated');
  throw unauthenticated();
}

/** Of the connection itself; what a proxy says in headers is nobody's word. */
const linkOf = ({ socket }: FastifyRequest) => ({
  encrypted: 'encrypted' in socket && socket.encrypted === true,
  remoteAddress: socket.remoteAddress,
});

/**
 * Guards every route of the server, those of Nest and those registered on Fastify itself, before a body is read. A route without
 * access is refused to everybody. A token that was verified before costs no await. A known path that is called by a wrong method says
 * which are right, to everybody: the form of a path is in the public documents, and what it names was not looked up.
 */
export function guardRoutes(fastify: FastifyInstance, gate: Gate): void {
  const routes = new Map<string, RouteRow>();
  routesOf.set(fastify, routes);
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('refused', null);
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (documentRoutes.test(route.url)) route.config = { ...route.config, access: { kind: 'public' } };
    for (const method of [route.method].flat())
      routes.set(routeName(method, route.url), { method, pattern: route.url, access: route.config?.access ?? 'closed' });
  });
  fastify.addHook('onRequest', (request, _, done) => {
    if (request.is404) return done(refuseMethod(fastify, request));
    const { access } = request.routeOptions.config;
    if (access?.kind === 'public' || access?.kind === 'signature') return done();
    if (access?.kind !== 'roles') return done(forbidden());
    try {
      const principal = knownCaller(gate, request.raw);
      if (principal === 'refused') return done(unauthenticated());
      if (!principal) return void admit(request, access, gate).then(() => done(), done);
      check(principal, access, request);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}

/** Every route that was registered on the server so far, the documents and the `HEAD` of each `GET` with them. */
export const rowsOf = (fastify: FastifyInstance): readonly RouteRow[] => [...(routesOf.get(fastify)?.values() ?? [])];

/** What the route with this pattern asks for; undefined when there is no such route. */
export const accessOfRoute = (fastify: FastifyInstance, method: string, url: string): RouteAccess | 'closed' | undefined =>
  routesOf.get(fastify)?.get(routeName(method.toUpperCase(), url))?.access;

function refuseMethod(fastify: FastifyInstance, { method, url }: FastifyRequest): Error | undefined {
  const allowed = fastify.supportedMethods.filter((other) => other !== method && fastify.findRoute({ method: other, url }));
  return allowed.length > 0 ? methodNotAllowed(allowed) : undefined;
}
