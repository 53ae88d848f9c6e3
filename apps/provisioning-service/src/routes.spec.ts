import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyRoute, roles } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { addCodecRoutes } from '@tallystick/platform-temporal';
import {
  askInMemory,
  operationalRoutes,
  registeredTable,
  routeWalkFaults,
  walkerWith,
  writtenTable,
} from '@tallystick/platform-testing';
import { provisioningHttp, userOf } from './passes/test-support/provisioning-http.ts';

// Whoever adds a route, or changes who may call one, writes it down here: that is what its reviewer reads.
const table = `${operationalRoutes}
GET    /v1/environments/:environment/connections  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection  viewer operator approver auditor
PUT    /v1/environments/:environment/connections/:connection  operator approver
DELETE /v1/environments/:environment/connections/:connection  operator approver
GET    /v1/environments/:environment/connections/:connection/history  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/validate  operator approver
POST   /v1/environments/:environment/connections/:connection/try-mapping  operator approver auditor
POST   /v1/environments/:environment/connections/:connection/test  operator approver
GET    /v1/environments/:environment/connections/:connection/source  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/source/epoch  operator
GET    /v1/environments/:environment/connections/:connection/parked-records  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/parked-records/:id  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/parked-records/:id/content  auditor
PUT    /v1/environments/:environment/connections/:connection/parked-records/:id/content  operator
POST   /v1/environments/:environment/connections/:connection/parked-records/:id/replay  operator
POST   /v1/environments/:environment/connections/:connection/parked-records/:id/discard  operator
POST   /v1/environments/:environment/connections/:connection/users/lookup  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/users/erase  approver
POST   /v1/environments/:environment/connections/:connection/users/:user/reconcile  operator
GET    /v1/environments/:environment/connections/:connection/users/:user/explain  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/passes  operator
GET    /v1/environments/:environment/connections/:connection/passes  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/passes/:pass  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/passes/:pass/summary  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/passes/:pass/results  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/passes/:pass/pause  operator
POST   /v1/environments/:environment/connections/:connection/passes/:pass/resume  operator
POST   /v1/environments/:environment/connections/:connection/passes/:pass/cancel  operator
GET    /v1/environments/:environment/connections/:connection/pass-schedules/:kind  viewer operator approver auditor
PUT    /v1/environments/:environment/connections/:connection/pass-schedules/:kind  operator
DELETE /v1/environments/:environment/connections/:connection/pass-schedules/:kind  operator
GET    /v1/environments/:environment/connections/:connection/holds  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/holds/:hold  viewer operator approver auditor
GET    /v1/environments/:environment/connections/:connection/holds/:hold/users  viewer operator approver auditor
POST   /v1/environments/:environment/connections/:connection/holds/:hold/approve  approver
POST   /v1/environments/:environment/connections/:connection/holds/:hold/reject  approver

OPTIONS /codec/decode  public
OPTIONS /codec/encode  public
POST   /codec/decode  operator
POST   /codec/encode  operator
`;
let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeAll(async () => {
  const codec = {
    keys: parseKeyRing(generateKeyRing()),
    namespace: 'default',
    uiOrigins: [],
    logger: createLogger({ service: 'test', level: 'silent' }),
  };
  http = await provisioningHttp({ addRoutes: (app) => addCodecRoutes(app.getHttpAdapter().getInstance(), codec) });
});
afterAll(() => http.app.close());

describe('the routes of the provisioning service', () => {
  it('are those of the table, and each is for those whom the table names', async () => {
    expect(registeredTable(await everyRoute(http.app))).toEqual(writtenTable(table));
  });

  it('let in whom the table names, refuse everybody else, and tell strangers nothing of an environment', async () => {
    const fastify = http.app.getHttpAdapter().getInstance();
    const ask = askInMemory((request) => fastify.inject(request), walkerWith);
    const parameters = { connection: 'workforce', user: userOf(1), kind: 'pass', pass: 'p1', hold: '1-1', id: '0-0' };
    const alwaysRefused = ['POST /codec/encode']; // for nobody: it is there to say so
    expect(await routeWalkFaults({ table, roles, environment: 'acme', parameters, alwaysRefused, ask })).toEqual([]);
  }, 60_000); // a second or two on a machine that has nothing else to do
});
