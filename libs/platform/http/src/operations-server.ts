import { createServer, type Server } from 'node:http';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { OperationalFacts } from './operational-routes.ts';

export type OperationsAddress = { readonly port: number; readonly host: string };

/**
 * Health and metrics on a port of their own, without TLS and with nothing else: a server beside the API, so that no route of that can be reached
 * here. Listens when the promise is kept.
 */
export async function startOperationsServer(
  { port, host }: OperationsAddress,
  { live, ready, metrics, logger }: OperationalFacts & { readonly metrics: Metrics | undefined; readonly logger: Logger },
): Promise<Server> {
  const answers: Readonly<
    Record<string, () => Promise<{ readonly status: number; readonly type: string; readonly body: string }>>
  > = {
    '/health/live': () => Promise.resolve(json(200, live())),
    '/health/ready': async () => {
      const { status, body } = await ready();
      return json(status, body);
    },
    ...(metrics && {
      '/metrics': async () => ({ status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    }),
  };
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 65_000 }, (request, response) => {
    const answer = request.method === 'GET' && Object.hasOwn(answers, request.url ?? '') ? answers[request.url ?? ''] : undefined;
    request.resume();
    if (!answer) return void response.writeHead(404, { connection: 'close' }).end();
    answer().then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
      (error: unknown) => {
        logger.error({ err: error }, 'an answer of the operations port failed');
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`OPERATIONS_PORT: can not listen (${error.code ?? ''})`)),
    );
    server.listen(port, host, resolve);
  });
  return server;
}

const json = (status: number, body: object) => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) });
