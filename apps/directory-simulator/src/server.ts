import fastify, { type FastifyInstance } from 'fastify';
import { adminRoutes } from './http/admin-routes.ts';
import { Problem, sendProblem, takeBodiesAsText } from './http/json-bodies.ts';
import { pingidRoutes } from './http/pingid-routes.ts';
import { pingoneRoutes } from './http/pingone-routes.ts';
import { providerRoutes } from './http/provider-routes.ts';
import { CallServer } from './http/serve-call.ts';
import { PairingValidator, type ValidatorConfig } from './provider/pairing-validator.ts';
import { ProviderFlow } from './provider/provider-flow.ts';
import { type Settings } from './state/settings.ts';
import { Simulator } from './state/simulator.ts';
import { type Credentials } from './wire/envelope.ts';
import { type MfaCredentials } from './wire/pingone-file.ts';

export interface ServerOptions {
  readonly credentials: Credentials;
  readonly mfaCredentials: MfaCredentials;
  /** Where clients reach it, for links; asked when there is an address. */
  readonly publicUrl: () => string;
  readonly settings: Settings;
  readonly seed: string;
  readonly validator: ValidatorConfig;
  readonly admin: 'on' | 'off';
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** The whole simulator as one HTTP server, not listening yet. Closing it also ends the calls that a fault left hanging. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const { credentials, mfaCredentials, publicUrl, settings, seed, clock } = options;
  const simulator = new Simulator(settings, seed, clock);
  const validator = new PairingValidator(options.validator);
  const app = fastify({
    logger: false,
    bodyLimit: 32 * 1024 * 1024,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2000 },
  });
  takeBodiesAsText(app);
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Problem) return sendProblem(reply, error.status, error.message);
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    return sendProblem(reply, status, status >= 500 ? 'The simulator failed.' : 'The request could not be read.');
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'There is nothing here.'));

  const calls = new CallServer(simulator);
  app.addHook('preClose', () => calls.close());

  app.get('/health/live', (_request, reply) => reply.send({ status: 'up' }));
  app.get('/health/ready', (_request, reply) => reply.send({ status: 'up' }));
  pingidRoutes(app, { simulator, credentials, calls });
  pingoneRoutes(app, { simulator, credentials: mfaCredentials, calls, publicUrl });
  providerRoutes(app, { flow: new ProviderFlow(simulator, validator), validator });
  if (options.admin === 'on') {
    const plugin = (scope: FastifyInstance, _options: object, registered: () => void) => {
      adminRoutes(scope, { simulator, seed });
      registered();
    };
    app.register(plugin, { prefix: '/admin' });
  }
  return app;
}
