import 'reflect-metadata';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, type Metrics, nestLogger } from '@tallystick/platform-observability';
import { guardRoutes, type RouteRow, rowsOf } from './access.hook.ts';
import type { BreakGlass } from './break-glass.ts';
import { addFastRoute, everyAnswer, type FastRoute, overTls, requestIdOf } from './fast-route.ts';
import type { HttpListening } from './http-variables.ts';
import { startOperationsServer } from './operations-server.ts';
import { isPage, pageWithPolicy } from './documents-page.ts';
import { limitRequests, requestsUnderWay } from './request-limit.ts';
import { type OpenApiOptions, serveOpenApi } from './openapi.ts';
import { addOperationalRoutes, measureRequests, operationalFacts, type ReadinessCheck } from './operational-routes.ts';
import { ProblemFilter, sendProblem } from './problem.filter.ts';
import { countedVerifier, declareHttpMetrics } from './http-metrics.ts';
import { addRequestSpans } from './request-spans.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { RequestValidationPipe } from './validation.pipe.ts';

export type HttpAppOptions = {
  readonly service: string;
  readonly logger: Logger;
  readonly openapi: OpenApiOptions;
  readonly auth: TokenVerifier;
  /** The way in to routes that revoke while the issuer is away; left out: there is none. */
  readonly breakGlass?: BreakGlass | undefined;
  readonly metrics?: Metrics;
  readonly readiness?: readonly ReadinessCheck[];
  /** Bytes; default 65 536. */
  readonly bodyLimit?: number;
  /** Bytes, by route as `PUT /v1/…/:id`, where that is another one. */
  readonly bodyLimits?: Readonly<Record<string, number>>;
  /** A route whose plainest requests pass the framework by; what it answers itself must be registered as well. */
  readonly fastRoute?: FastRoute;
  /** See `listeningOf`. With a port for operations, that one listens from the start. */
  readonly listening?: HttpListening;
};

const draining = new WeakSet<NestFastifyApplication>();
const operationsOf = new WeakMap<NestFastifyApplication, Server>();

const fastifyOf = (app: NestFastifyApplication): FastifyInstance => app.getHttpAdapter().getInstance();

/**
 * A Nest application on Fastify with this project's rules: every route names its roles, every error is a problem, every request is
 * checked by its schema, nothing is cached. The caller listens, and stops it with {@link closeHttpApp}.
 */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { logger, metrics, readiness = [], bodyLimit = 65_536, openapi, fastRoute, listening = {} } = options;
  const { tls, certificates, operations, maxConnections, maxRequests } = listening;
  const counts = metrics && declareHttpMetrics(metrics);
  const durations = counts?.durations;
  const auth = counts ? countedVerifier(options.auth, counts) : options.auth;
  const adapter = new FastifyAdapter({
    ...(tls && { https: tls.options }),
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
  addRequestSpans(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  const always = { ...everyAnswer, ...(tls && overTls) };
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.headers(always);
    if (draining.has(app)) void reply.header('connection', 'close'); // an open connection would hold up the stop
    if (!isPage(request.url) || typeof payload !== 'string') return done(null, payload);
    const { page, policy } = pageWithPolicy(payload);
    void reply.header('content-security-policy', policy).header('content-length', Buffer.byteLength(page));
    done(null, page);
  });
  fastify.addHook('onRoute', (route) => {
    const limit = options.bodyLimits?.[`${[route.method].flat().join()} ${route.url}`];
    if (limit !== undefined) route.bodyLimit = limit;
  });
  const underWay = requestsUnderWay(maxRequests);
  limitRequests(fastify, { underWay, onShed: () => counts?.shed.inc() });
  guardRoutes(fastify, { verifier: auth, breakGlass: options.breakGlass, certificates, logger });
  if (maxConnections !== undefined) fastify.server.maxConnections = maxConnections;
  tls?.follow(fastify.server as unknown as TlsServer, (endsAt) =>
    counts?.certificateEnds.set({ listener: 'api' }, endsAt / 1_000),
  );
  const isDraining = () => draining.has(app);
  const checks = operations ? [...readiness, listens(fastify, tls)] : readiness;
  const facts = operationalFacts({ readiness: checks, logger, isDraining });
  if (durations) measureRequests(fastify, durations);
  if (!operations) addOperationalRoutes(fastify, facts, metrics);
  if (fastRoute) {
    const labels = { method: 'POST', route: fastRoute.path };
    const series = durations && ((status: number) => durations.series({ ...labels, status: String(status) }));
    addFastRoute(fastify, fastRoute, {
      auth,
      certificates,
      always,
      logger,
      bodyLimit,
      isDraining,
      underWay,
      durations: series && remembering(series),
    });
  }
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(new RequestValidationPipe());
  serveOpenApi(app, openapi);
  if (operations) operationsOf.set(app, await startOperationsServer(operations, { ...facts, metrics, logger }));
  void auth.prepare();
  return app;
}

/** Whoever asks on another port must hear that nobody can be served on this one. */
const listens = (fastify: FastifyInstance, tls: HttpListening['tls']): ReadinessCheck => ({
  name: 'listener',
  check: () =>
    !fastify.server.listening
      ? Promise.reject(new Error('the API does not listen'))
      : tls && tls.endsAt() <= Date.now()
        ? Promise.reject(new Error('the certificate of the API has ended'))
        : Promise.resolve(),
});

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
    const operations = operationsOf.get(app);
    operations?.close();
    operations?.closeAllConnections();
  }
}
