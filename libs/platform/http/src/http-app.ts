import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, type Metrics, nestLogger } from '@tallystick/platform-observability';
import { guardRoutes, type RouteRow, rowsOf } from './access.hook.ts';
import { addFastRoute, everyAnswer, type FastRoute, requestIdOf } from './fast-route.ts';
import { type OpenApiOptions, serveOpenApi } from './openapi.ts';
import { addOperationalRoutes, type ReadinessCheck } from './operational-routes.ts';
import { ProblemFilter, sendProblem } from './problem.filter.ts';
import { RequestDurations } from './request-durations.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { RequestValidationPipe } from './validation.pipe.ts';

export type HttpAppOptions = {
  readonly service: string;
  readonly logger: Logger;
  readonly openapi: OpenApiOptions;
  readonly auth: TokenVerifier;
  readonly metrics?: Metrics;
  readonly readiness?: readonly ReadinessCheck[];
  /** Bytes; default 65 536. */
  readonly bodyLimit?: number;
  /** A route whose plainest requests pass the framework by; what it answers itself must be registered as well. */
  readonly fastRoute?: FastRoute;
};

const draining = new WeakSet<NestFastifyApplication>();

const fastifyOf = (app: NestFastifyApplication): FastifyInstance => app.getHttpAdapter().getInstance();

/**
 * A Nest application on Fastify with this project's rules: every route names its roles, every error is a problem, every request is
 * checked by its schema, nothing is cached. The caller listens, and stops it with {@link closeHttpApp}.
 */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { logger, auth, metrics, readiness = [], bodyLimit = 65_536, openapi, fastRoute } = options;
  const durations = metrics && new RequestDurations(metrics);
  const adapter = new FastifyAdapter({
    bodyLimit,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000, // longer than the usual 60 s of a load balancer, which then is the one to close
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what arrived before the listener closed is answered
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers({ 'cache-control': 'no-store', 'x-request-id': request.id });
      sendProblem(request, reply, error, logger);
    },
  } as unknown as ConstructorParameters<typeof FastifyAdapter>[0]);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = fastifyOf(app);
  fastify.removeContentTypeParser('text/plain'); // JSON or 415
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    void reply.headers(everyAnswer);
    if (draining.has(app)) void reply.header('connection', 'close'); // an open connection would hold up the stop
    done(null, payload);
  });
  guardRoutes(fastify, auth, logger);
  const isDraining = () => draining.has(app);
  addOperationalRoutes(fastify, { readiness, metrics, durations, logger, isDraining });
  if (fastRoute) {
    const labels = { method: 'POST', route: fastRoute.path };
    const series = durations && ((status: number) => durations.series({ ...labels, status: String(status) }));
    addFastRoute(fastify, fastRoute, { auth, logger, bodyLimit, isDraining, durations: series && remembering(series) });
  }
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(new RequestValidationPipe());
  serveOpenApi(app, openapi);
  void auth.prepare();
  return app;
}

/** The same function, asked once for each status. */
function remembering<T>(of: (status: number) => T): (status: number) => T {
  const known = new Map<number, T>();
  return (status) => {
    let found = known.get(status);
    if (found === undefined) known.set(status, (found = of(status)));
    return found;
  };
}

/**
 * Every registered route, with who may call it; for a test that compares them with a table that somebody wrote down, so that a route is
 * neither forgotten nor public by mistake. Call before `listen`, or after it.
 */
export async function everyRoute(app: NestFastifyApplication): Promise<readonly RouteRow[]> {
  await app.init();
  await fastifyOf(app).ready();
  return rowsOf(fastifyOf(app));
}

export type CloseOptions = {
  /** How long the service goes on while it already says "not ready", so that balancers look elsewhere. Default 0. */
  readonly announceMs?: number;
  /** How long requests under way may take after that. Default 10 000. */
  readonly drainMs?: number;
};

/** Says "not ready", stops accepting, lets requests end, then closes what is left. */
export async function closeHttpApp(
  app: NestFastifyApplication,
  { announceMs = 0, drainMs = 10_000 }: CloseOptions = {},
): Promise<void> {
  draining.add(app);
  await pause(announceMs);
  const { server } = fastifyOf(app);
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
