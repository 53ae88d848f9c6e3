import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@tallystick/platform-observability';
import { problemContentType, ProblemException, problemOf } from './problem.ts';

/** Answers with the problem for `thrown`, and logs a defect with its cause. Used by Nest's filter and for routes outside Nest. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown, logger: Logger): void {
  const problem = problemOf(thrown, `urn:tallystick:request:${request.id}`);
  const route = request.routeOptions?.url ?? 'none';
  const fields = { requestId: request.id, method: request.method, route, status: problem.status };
  if (problem.status >= 500) logger.error({ ...fields, err: thrown }, 'a request failed');
  else
    logger.debug(
      { ...fields, type: problem.type, err: thrown instanceof ProblemException ? thrown.cause : undefined },
      'a request was refused',
    );
  if (reply.sent) return;
  if (thrown instanceof ProblemException) void reply.headers(thrown.headers);
  void reply.status(problem.status).header('content-type', problemContentType).send(JSON.stringify(problem));
}

/** Every error of every route passes here, those of Fastify included. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;
  constructor(logger: Logger) {
    this.#logger = logger;
  }
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), thrown, this.#logger);
  }
}
