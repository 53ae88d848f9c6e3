import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance } from 'fastify';

const requests = new AsyncLocalStorage<string>();

/** The id of the request that is being answered, for audit entries; undefined outside of any. */
export const requestIdNow = (): string | undefined => requests.getStore();

/** From here on {@link requestIdNow} knows the requests of this server. */
export function keepRequestIds(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => requests.run(request.id, done));
}
