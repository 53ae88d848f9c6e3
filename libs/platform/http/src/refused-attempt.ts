import type { FastifyReply, FastifyRequest } from 'fastify';

/** What the audit keeps of an attempt that was refused. */
export interface RefusedAttempt {
  readonly subject: string;
  readonly method: string;
  readonly route: string;
  readonly forWantOfRole: boolean;
  readonly reason: string;
}

/**
 * The attempt behind an answer, where somebody who is known was refused (403) what changes something or shows people; else undefined.
 *
 * @param shows routes that change nothing and are told of all the same
 */
export function refusedAttemptOf(
  { method, principal, refused, routeOptions }: FastifyRequest,
  { statusCode }: Pick<FastifyReply, 'statusCode'>,
  shows: RegExp,
): RefusedAttempt | undefined {
  const caller = refused ?? principal;
  const route = routeOptions.url ?? '';
  const isLook = method === 'GET' || method === 'HEAD';
  if (statusCode !== 403 || !caller || (isLook && !shows.test(route))) return undefined;
  const forWantOfRole = refused !== null;
  const reason = forWantOfRole ? 'the roles of the caller do not allow it' : 'a rule of the route does not allow it';
  return { subject: caller.subject, method, route, forWantOfRole, reason };
}
