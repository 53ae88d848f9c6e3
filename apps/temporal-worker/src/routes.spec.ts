import { describe, expect, it } from '@jest/globals';
import { everyRoute } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { registeredTable, writtenTable } from '@tallystick/platform-testing';
import { createOperationalApp } from './operational-app.ts';

// Health, metrics and documents only: whatever else is added here has to say who may call it.
const table = `
GET    /health/live  public
GET    /health/ready  public
GET    /metrics  public
GET    /docs/swagger-ui-init.js  public
GET    /docs/docs/swagger-ui-init.js  public
GET    /docs  public
GET    /docs/index.html  public
GET    /docs/LICENSE  public
GET    /docs/  public
GET    /docs/*  public
GET    /openapi.json  public
`;

describe('the routes of the worker', () => {
  it('are those of the table', async () => {
    const needs = {
      logger: createLogger({ service: 'test', level: 'silent' }),
      metrics: createMetrics({ service: 'test' }),
      readiness: [],
    };
    const app = await createOperationalApp(needs);
    expect(registeredTable(await everyRoute(app))).toEqual(writtenTable(table));
    await app.close();
  });
});
