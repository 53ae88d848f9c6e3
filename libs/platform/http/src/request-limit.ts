import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.ts';

/**
 * Answers 503 to what comes while so many requests are under way, before anything else is done for it: who asks again later is served, and who
 * is served now is not held up. What revokes, and what is public (health), comes in all the same.
 */
export function limitRequests(
  fastify: FastifyInstance,
  { max, onShed }: { readonly max: number; readonly onShed: () => void },
): void {
  let underWay = 0;
  fastify.addHook('onRequest', (request, _, done) => {
    underWay++;
    const { access } = request.routeOptions.config;
    const isFirst = access?.kind === 'public' || (access?.kind === 'roles' && access.revokes === true);
    if (underWay <= max || isFirst) return done();
    onShed();
    done(
      new ProblemException(
        'unavailable',
        503,
        'The service is not available now',
        'Too many requests are under way. Try again later.',
        {},
        { headers: { 'retry-after': '1' } },
      ),
    );
  });
  fastify.addHook('onResponse', (_request, _reply, done) => {
    underWay--;
    done();
  });
}
