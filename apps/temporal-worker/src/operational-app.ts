import { Module } from '@nestjs/common';
import { createHttpApp, type HttpAppOptions, type TokenVerifier } from '@tallystick/platform-http';

@Module({})
class OperationalModule {}

/** Only health and metrics are served, and those are public: nobody's token opens anything here. */
const nobody: TokenVerifier = {
  verify: () => Promise.resolve({ kind: 'refused', reason: 'invalid' }),
  cached: () => undefined,
  prepare: () => Promise.resolve(),
};

/** What the worker serves; the caller listens, and closes it. */
export const createOperationalApp = (needs: Required<Pick<HttpAppOptions, 'logger' | 'metrics' | 'readiness'>>) =>
  createHttpApp(OperationalModule, {
    service: 'temporal-worker',
    openapi: { title: 'Tallystick worker', description: 'Health and metrics only.' },
    auth: nobody,
    ...needs,
  });
