import { describe, expect, it } from '@jest/globals';
import { everyRoute } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { operationalRoutes, registeredTable, writtenTable } from '@tallystick/platform-testing';
import { createOperationalApp } from './operational-app.ts';

describe('the routes of the worker', () => {
  it('are health, metrics and documents only: whatever else is added has to say who may call it', async () => {
    const needs = {
      logger: createLogger({ service: 'test', level: 'silent' }),
      metrics: createMetrics({ service: 'test' }),
      readiness: [],
    };
    const app = await createOperationalApp(needs);
    expect(registeredTable(await everyRoute(app))).toEqual(writtenTable(operationalRoutes));
    await app.close();
  });
});
