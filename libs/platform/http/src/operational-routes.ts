import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { RouteAccess } from './access.ts';
import type { RequestDurations } from './request-durations.ts';

/** Rejects when the service can't do its work now. The cause is logged, not shown. */
export type ReadinessCheck = { readonly name: string; readonly check: () => Promise<void> };

const checkTimeoutMs = 2_000;
const access: RouteAccess = { kind: 'public' };

async function passes({ name, check }: ReadinessCheck, logger: Logger): Promise<boolean> {
  const stop = new AbortController();
  const late = pause(checkTimeoutMs, undefined, { signal: stop.signal, ref: false }).then(() =>
    Promise.reject(new Error(`no answer within ${checkTimeoutMs} ms`)),
  );
  late.catch(() => undefined);
  try {
    await Promise.race([check(), late]);
    return true;
  } catch (error) {
    logger.warn({ check: name, err: error }, 'a readiness check fails');
    return false;
  } finally {
    stop.abort();
  }
}

/** What health says, on whatever port. */
export type OperationalFacts = {
  readonly live: () => object;
  readonly ready: () => Promise<{ readonly status: 200 | 503; readonly body: object }>;
};

export function operationalFacts({
  readiness,
  logger,
  isDraining,
}: {
  readonly readiness: readonly ReadinessCheck[];
  readonly logger: Logger;
  readonly isDraining: () => boolean;
}): OperationalFacts {
  return {
    live: () => ({ status: 'live' }),
    ready: async () => {
      const results = await Promise.all(
        readiness.map(async (check) => [check.name, (await passes(check, logger)) ? 'ok' : 'failed'] as const),
      );
      const isReady = !isDraining() && results.every(([, result]) => result === 'ok');
      return {
        status: isReady ? 200 : 503,
        body: { status: isDraining() ? 'draining' : isReady ? 'ready' : 'not-ready', checks: Object.fromEntries(results) },
      };
    },
  };
}

/** Counts each answer by the pattern of its route. */
export function measureRequests(fastify: FastifyInstance, durations: RequestDurations): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const [method, route] = request.is404 ? ['none', 'none'] : [request.method, request.routeOptions.url ?? 'none'];
    durations.series({ method, route, status: String(reply.statusCode) }).observe(reply.elapsedTime / 1000);
    done();
  });
}

/**
 * `/health/live`: the process runs. `/health/ready`: every check passes and no shutdown has begun. `/metrics`: Prometheus text.
 * They name no environment's data and ask for no token; keep `/metrics` inside the cluster.
 */
export function addOperationalRoutes(
  fastify: FastifyInstance,
  { live, ready }: OperationalFacts,
  metrics: Metrics | undefined,
): void {
  fastify.get('/health/live', { config: { access } }, live);
  fastify.get('/health/ready', { config: { access } }, async (_, reply) => {
    const { status, body } = await ready();
    return reply.status(status).send(body);
  });
  if (!metrics) return;
  fastify.get('/metrics', { config: { access } }, async (_, reply) =>
    reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
