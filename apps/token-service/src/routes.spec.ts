import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyRoute, roles } from '@tallystick/platform-http';
import {
  askInMemory,
  operationalRoutes,
  registeredTable,
  routeWalkFaults,
  walkerWith,
  writtenTable,
} from '@tallystick/platform-testing';
import { memoryHttp } from './test-support/memory-http.ts';

// Whoever adds a route, or changes who may call one, writes it down here: that is what its reviewer reads.
const table = `${operationalRoutes}
GET    /v1/environments/:environment/requirement  viewer token-admin auditor
PUT    /v1/environments/:environment/requirement  token-admin
GET    /v1/environments/:environment/sibling-requirements  viewer token-admin auditor
PUT    /v1/environments/:environment/sibling-requirements  token-admin
GET    /v1/environments/:environment/settings  viewer token-admin auditor approver
PUT    /v1/environments/:environment/settings  approver
GET    /v1/environments/:environment/tokens  viewer token-admin auditor
GET    /v1/environments/:environment/tokens/:token  viewer token-admin auditor
POST   /v1/environments/:environment/tokens  token-admin
PATCH  /v1/environments/:environment/tokens/:token  token-admin
POST   /v1/environments/:environment/tokens/revoke  token-admin
POST   /v1/environments/:environment/tokens/revoke-all-but  token-admin
POST   /v1/environments/:environment/tokens/retire  token-admin
POST   /v1/environments/:environment/tokens/reinstate  token-admin
POST   /v1/environments/:environment/tokens/release-values  token-admin
POST   /v1/environments/:environment/tokens/:token/revoke  token-admin
POST   /v1/environments/:environment/tokens/:token/retire  token-admin
POST   /v1/environments/:environment/tokens/:token/reinstate  token-admin
POST   /v1/environments/:environment/tokens/:token/release-value  token-admin
POST   /v1/environments/:environment/tokens/:token/replace-value  token-admin
POST   /v1/environments/:environment/tokens/:token/export  token-admin
GET    /v1/environments/:environment/proposals  viewer token-admin auditor approver
POST   /v1/environments/:environment/proposals/:proposal/approve  approver
POST   /v1/environments/:environment/proposals/:proposal/withdraw  token-admin approver
GET    /v1/environments/:environment/preview  viewer token-admin auditor
GET    /v1/environments/:environment/adoption  viewer token-admin auditor
GET    /v1/environments/:environment/adoption/laggards  viewer token-admin auditor
GET    /v1/environments/:environment/validators  viewer token-admin auditor operator
POST   /v1/environments/:environment/leak-reports  token-admin
POST   /v1/leak-reports  token-admin
POST   /v1/environments/:environment/notices  token-admin
GET    /v1/environments/:environment/applications/:application/deviceRequirements  viewer token-admin auditor
PUT    /v1/environments/:environment/applications/:application/deviceRequirements  token-admin
DELETE /v1/environments/:environment/applications/:application/deviceRequirements  token-admin
GET    /v1/shards  viewer operator approver auditor token-admin
POST   /v1/shards/:shard/reopen  approver
POST   /v1/environments/:environment/rotations  token-admin
GET    /v1/environments/:environment/rotations  viewer token-admin auditor operator approver
GET    /v1/environments/:environment/rotations/:segment  viewer token-admin auditor operator approver
POST   /v1/environments/:environment/rotations/:segment/approve  approver
POST   /v1/environments/:environment/rotations/:segment/pause  token-admin
POST   /v1/environments/:environment/rotations/:segment/resume  token-admin
POST   /v1/environments/:environment/rotations/:segment/extend  token-admin
POST   /v1/environments/:environment/rotations/:segment/confirm-slot  token-admin
POST   /v1/environments/:environment/rotations/:segment/redeliver  token-admin
POST   /v1/environments/:environment/rotations/:segment/roll-back  token-admin
POST   /v1/environments/:environment/rotations/:segment/slots/:slot/export  token-admin
GET    /v1/environments/:environment/rotation-schedules  viewer token-admin auditor operator approver
GET    /v1/environments/:environment/rotation-schedules/:segment  viewer token-admin auditor operator approver
PUT    /v1/environments/:environment/rotation-schedules/:segment  token-admin
DELETE /v1/environments/:environment/rotation-schedules/:segment  token-admin
POST   /v1/environments/:environment/rotation-schedules/:segment/trigger  token-admin
GET    /v1/environments/:environment/delivery-targets  viewer token-admin auditor operator
POST   /v1/environments/:environment/delivery-targets/:target/check  token-admin operator
POST   /v1/environments/:environment/delivery-targets/:target/plan  token-admin
POST   /v1/environments/:environment/delivery-targets/:target/deliver  token-admin
POST   /v1/environments/:environment/delivery-targets/:target/verify  token-admin
POST   /v1/environments/:environment/delivery-targets/:target/webhook  signature
`;
let http: Awaited<ReturnType<typeof memoryHttp>>;
beforeAll(async () => {
  http = await memoryHttp();
});
afterAll(() => http.app.close());

describe('the routes of the token service', () => {
  it('are those of the table, and each is for those whom the table names', async () => {
    expect(registeredTable(await everyRoute(http.app))).toEqual(writtenTable(table));
  });

  it('let in whom the table names, refuse everybody else, and tell strangers nothing of an environment', async () => {
    const { token } = (await http.call('POST', '/v1/environments/acme/tokens', { body: { label: 'a' } })).body;
    const fastify = http.app.getHttpAdapter().getInstance();
    const ask = askInMemory((request) => fastify.inject(request), walkerWith);
    const parameters = { token: token.id, segment: 'all', shard: '0' };
    expect(await routeWalkFaults({ table, roles, environment: 'acme', parameters, ask })).toEqual([]);
  }, 60_000); // a second or two on a machine that has nothing else to do
});
