import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noChanges, type PassId } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { openApiFaults } from '@tallystick/platform-testing';
import { EngineAway } from './engine-away.ts';
import { at, provisioningHttp, userOf } from './test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  http = await provisioningHttp();
});
afterEach(() => http.app.close());

describe('the routes of the service', () => {
  it('are documented as OpenAPI 3.1 says', async () => {
    expect(await openApiFaults(await http.openApi())).toEqual([]);
  });

  const user = `/users/${userOf(1)}`;
  it.each([
    ['POST', '/source/epoch', 'viewer,approver,auditor', { epoch: 0 }],
    ['POST', '/passes', 'viewer,approver,auditor', { kind: 'preview' }],
    ['POST', '/passes/p1/pause', 'viewer,approver,auditor', undefined],
    ['POST', '/passes/p1/resume', 'viewer,approver,auditor', undefined],
    ['POST', '/passes/p1/cancel', 'viewer,approver,auditor', undefined],
    ['PUT', '/pass-schedules/pass', 'viewer,approver,auditor', { everyMinutes: 60 }],
    ['DELETE', '/pass-schedules/pass', 'viewer,approver,auditor', undefined],
    ['POST', '/holds/1-1/approve', 'viewer,operator,auditor', { hash: 'h', reason: 'r' }],
    ['POST', '/holds/1-1/reject', 'viewer,operator,auditor', { hash: 'h', reason: 'r' }],
    ['POST', `${user}/reconcile`, 'viewer,approver,auditor', undefined],
    ['GET', `${user}/explain`, 'token-admin,validator-caller', undefined],
    ['GET', '/holds/1-1/users', 'token-admin,validator-caller', undefined],
    ['GET', '/passes/p1/results', 'token-admin,validator-caller', undefined],
  ] as const)(
    'let nobody in without the role (%s %s), and do not tell strangers what there is',
    async (method, rest, roles, body) => {
      const sent = body === undefined ? {} : { body };
      expect((await http.call(method, rest, { ...sent, as: `x:${roles}` })).status).toBe(403);
      expect((await http.call(method, rest, { ...sent, as: 'x:operator,approver,auditor@elsewhere' })).status).toBe(404);
    },
  );
});

describe('a source', () => {
  it('is shown without its lag while Kafka is away, and its epoch is raised once from what was seen', async () => {
    expect(await http.call('GET', '/source')).toMatchObject({ status: 200, body: { epoch: 0, lag: null, parked: 3 } });
    expect(await http.call('POST', '/source/epoch', { body: { epoch: 0 } })).toMatchObject({ status: 200, body: { epoch: 1 } });
    // Repeated by somebody who did not see the answer: not raised a second time.
    expect(await http.call('POST', '/source/epoch', { body: { epoch: 0 } })).toMatchObject({ status: 409, body: { epoch: 1 } });
    expect(http.logged).toContainEqual(expect.objectContaining({ epoch: 1, by: 'ada' }));
  });
});

describe('starting a pass', () => {
  it('opens its record before the workflow begins, and names the one that is under way to who starts another', async () => {
    const started = await http.call('POST', '/passes', { body: { kind: 'pass' } });
    const id = started.body['id'] as string;
    expect(started).toMatchObject({ status: 201, body: { kind: 'pass', stage: 'planning', startedBy: 'ada' } });
    expect(http.engine.told).toEqual([`start pass ${id}`]);
    const second = await http.call('POST', '/passes', { body: { kind: 'pass' } });
    expect(second).toMatchObject({ status: 409, body: { type: 'urn:tallystick:problem:pass-already-running', pass: id } });
    expect(await http.passes.list(http.ref, 10)).toHaveLength(1);
    expect((await http.call('POST', '/passes', { body: { kind: 'preview' } })).status).toBe(201);
  });

  it('with a key is taken once for each person, and is another request with another body', async () => {
    const headers = { 'idempotency-key': 'monday' };
    const first = await http.call('POST', '/passes', { body: { kind: 'pass' }, headers });
    const again = await http.call('POST', '/passes', { body: { kind: 'pass' }, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body['id']).toBe(first.body['id']);
    expect(http.engine.told).toHaveLength(1);
    expect(await http.call('POST', '/passes', { body: { kind: 'preview' }, headers })).toMatchObject({ status: 422 });
    expect((await http.call('POST', '/passes', { body: { kind: 'preview' }, headers, as: 'bob:operator' })).status).toBe(201);
    expect(
      (await http.call('POST', '/passes', { body: { kind: 'preview' }, headers: { 'idempotency-key': 'a b' } })).status,
    ).toBe(400);
  });

  it('is refused for a fourth preview at a time, and taken when one of them is over', async () => {
    const headers = { 'idempotency-key': 'k' };
    const start = (more: object = {}) => http.call('POST', '/passes', { body: { kind: 'preview' }, ...more });
    expect((await start({ headers })).status).toBe(201);
    const others = [await http.call('POST', '/passes', { body: { kind: 'sample' } }), await start()];
    expect(others.map(({ status }) => status)).toEqual([201, 201]);
    expect(await start()).toMatchObject({
      status: 409,
      body: { type: 'urn:tallystick:problem:previews-under-way', pass: expect.any(String) },
    });
    expect((await start({ headers })).status).toBe(201); // the same request as the first
    expect((await http.call('POST', '/passes', { body: { kind: 'pass' } })).status).toBe(201);
    await http.passes.update(http.ref, others[0]!.body['id'] as PassId, { stage: 'done', endedAt: at });
    expect((await start()).status).toBe(201);
  });

  it('plans a preview with a document that is not saved, after it was checked, and no pass', async () => {
    const document = { ...connectionDocument(), defaultCountry: 'FR' };
    const { body } = await http.call('POST', '/passes', { body: { kind: 'preview', document } });
    expect(body).toMatchObject({ connectionVersion: 0, progress: { users: 12, looked: 0 } });
    expect(await http.passes.candidate(http.ref, body['id'] as PassId)).toMatchObject({ defaultCountry: 'FR' });
    const faulty = await http.call('POST', '/passes', { body: { kind: 'preview', document: { ...document, mapping: {} } } });
    expect(faulty).toMatchObject({ status: 422, body: { type: 'urn:tallystick:problem:invalid-document' } });
    expect(await http.call('POST', '/passes', { body: { kind: 'pass', document } })).toMatchObject({ status: 422 });
    expect(http.engine.told).toHaveLength(1);
  });

  const start = () => http.call('POST', '/passes', { body: { kind: 'pass' }, headers: { 'idempotency-key': 'monday' } });
  const stages = async () => (await http.passes.list(http.ref, 10)).map(({ stage }) => stage);
  const away = (outcome: EngineAway['outcome']) => (http.engine.start = () => Promise.reject(new EngineAway(outcome)));

  it('that Temporal did not take is over; one of which nobody knows is left as it is, also when it is repeated', async () => {
    away('unknown');
    expect(await start()).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:outcome-unknown' } });
    expect(await stages()).toEqual(['planning']);
    away('not-done');
    expect(await start()).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:engine-unavailable' } });
    expect(await stages()).toEqual(['planning']); // the first may have begun
    await http.call('POST', '/passes', { body: { kind: 'pass' } });
    expect((await stages()).sort()).toEqual(['failed', 'planning']);
  });

  it('twice at one time with one key is one pass, and neither is refused', async () => {
    http.engine.start = (request) => {
      http.engine.current = request; // the other one was first
      return Promise.resolve('already-running');
    };
    expect(await start()).toMatchObject({ status: 201, body: { stage: 'planning' } });
    expect(await stages()).toEqual(['planning']);
  });
});

describe('a pass', () => {
  const open = (id: string, stage: 'planning' | 'done' = 'planning') =>
    http.passes.open({
      ...{ ...http.ref, id: id as PassId, kind: 'pass', stage, connectionVersion: 1 },
      ...{ startedBy: 'ada', startedAt: at, users: 2 },
    });

  it('is never paused or cancelled in place of another that has its workflow id', async () => {
    await open('old');
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'new' as PassId };
    expect((await http.call('POST', '/passes/old/pause')).status).toBe(409);
    // Its own workflow is gone: the record is closed.
    expect(await http.call('POST', '/passes/old/cancel')).toMatchObject({ status: 202, body: { stage: 'cancelled' } });
    expect(http.engine.told).toEqual([]);
    expect((await http.call('POST', '/passes/old/cancel')).status).toBe(409);
  });

  it('is paused, cancelled, and summed up with a sentence for each reason', async () => {
    await open('p');
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'p' as PassId };
    await http.passes.addPage(http.ref, 'p' as PassId, {
      ...{ shard: '00', number: 0, filled: { userName: 1 } },
      entries: [
        {
          user: userOf(1),
          result: 'differs',
          counts: noChanges,
          plan: { steps: [{ kind: 'suspend-user', reason: 'gone-from-datastore' }], findings: [] },
        },
        { user: userOf(2), result: 'not-planned', because: 'no-record' },
      ],
    });
    expect(await http.call('POST', '/passes/p/pause')).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect((await http.call('POST', '/passes/p/cancel')).status).toBe(202);
    expect(http.engine.told).toEqual(['pause pass p', 'cancel pass p']);
    expect((await http.call('GET', '/passes/p/summary', { as: 'x:viewer' })).body).toMatchObject({
      pass: { progress: { users: 2, looked: 2, differ: 1, notPlanned: 1 } },
      reasons: [
        { reason: 'gone-from-datastore', users: 1, meanings: [{ kind: 'step', text: expect.stringContaining('scope') }] },
        { reason: 'no-record', meanings: [{ kind: 'not-planned' }] },
      ],
    });
    const csv = await http.call('GET', '/passes/p/results?format=csv&only=differs', { as: 'x:viewer' });
    expect(csv.text.split('\r\n')[1]).toBe(`${userOf(1)},differs,,0,0,0,0,0,suspend-user gone-from-datastore,,`);
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'no-store',
      'content-disposition': 'attachment; filename="acme-workforce-p.csv"',
    });
    const lines = await http.call('GET', '/passes/p/results', { as: 'x:viewer' });
    expect(
      lines.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { user: string }).user),
    ).toEqual([userOf(1), userOf(2)]);
    expect((await http.call('GET', '/passes/nobody/results')).status).toBe(404);
  });

  it('that is a sample says how much of the connection differs, and how sure that is (R33)', async () => {
    await http.passes.open({
      ...{ ...http.ref, id: 's' as PassId, kind: 'sample', stage: 'done', connectionVersion: 1, startedBy: 'ada', startedAt: at },
    });
    const entries = [1, 2, 3, 4].map((n) => ({ user: userOf(n), result: n === 1 ? ('differs' as const) : ('in-sync' as const) }));
    await http.passes.addPage(http.ref, 's' as PassId, { shard: 'sample', number: 0, filled: {}, entries });
    const { body } = await http.call('GET', '/passes/s/summary');
    expect(body).toMatchObject({ drift: { of: 4, share: 0.25 } });
    const { low, high } = body['drift'] as { low: number; high: number };
    expect(low < 0.25 && high > 0.25).toBe(true);
  });

  it('begins by a schedule at times or at an interval, never both', async () => {
    expect((await http.call('GET', '/pass-schedules/sample')).status).toBe(404);
    const weekly = { cron: ['0 3 * * 6'], jitterMinutes: 30 };
    expect(await http.call('PUT', '/pass-schedules/sample', { body: weekly })).toMatchObject({
      status: 200,
      body: { times: weekly },
    });
    expect((await http.call('PUT', '/pass-schedules/sample', { body: { everyMinutes: 60 } })).body).toMatchObject({
      times: { everyMinutes: 60, jitterMinutes: 0 },
    });
    for (const body of [{}, { ...weekly, everyMinutes: 60 }, { cron: ['@daily'] }, { everyMinutes: 1 }])
      expect((await http.call('PUT', '/pass-schedules/sample', { body })).status).toBe(400);
    expect((await http.call('DELETE', '/pass-schedules/sample')).status).toBe(204);
    expect((await http.call('DELETE', '/pass-schedules/sample')).status).toBe(404);
  });
});

describe('a user', () => {
  const path = `/users/${userOf(1)}`;

  it('is reconciled now, and its outcome answered when somebody waits', async () => {
    expect(await http.call('POST', `${path}/reconcile`)).toMatchObject({ status: 202, body: { outcome: null } });
    expect(http.woken).toEqual([userOf(1)]);
    http.state.wakeFails = true;
    expect((await http.call('POST', `${path}/reconcile`)).status).toBe(503);
    expect((await http.call('POST', `/users/${userOf(2)}/reconcile`)).status).toBe(404);
    expect((await http.call('POST', '/users/ada@example.com/reconcile')).status).toBe(400);
  });

  it('is explained masked, and unmasked to an auditor of this environment only, which is noted', async () => {
    const { environment, connection } = http.ref;
    http.state.inspection = {
      kind: 'explanation',
      explanation: {
        ...{ environment, connection, user: userOf(1), at, connectionVersion: 1, unfinished: false, outcomes: [] },
        record: { position: '1', deleted: false, attributes: {}, pending: false },
        targets: [{ target: 'mfaSms1', result: 'value', raw: '07700900123', value: '+447700900123' }],
      },
    };
    const masked = await http.call('GET', `${path}/explain`, { as: 'x:viewer' });
    expect(masked).toMatchObject({ status: 200, body: { masked: true, targets: [{ raw: '•••23' }] } });
    expect(masked.body).toMatchObject({ workflow: { url: `http://ui.example/acme/workforce/${userOf(1)}` } });
    expect(masked.text).not.toContain('900123');
    expect(http.trail.notes).toEqual([]);
    const open = await http.call('GET', `${path}/explain`, { as: 'olga:auditor' });
    expect(open).toMatchObject({ body: { masked: false, targets: [{ raw: '07700900123' }] } });
    expect(http.trail.notes).toMatchObject([
      { class: 'reading', action: 'explain-user', actor: 'olga', person: { environment, connection, user: userOf(1) } },
    ]);
    // Of whom nothing is kept, as after an erasure: to name them in the audit would be to know them again.
    const { record: _, ...unknown } = http.state.inspection.explanation;
    http.state.inspection = { kind: 'explanation', explanation: unknown };
    await http.call('GET', `${path}/explain`, { as: 'olga:auditor' });
    expect(http.trail.notes[1]).toMatchObject({ action: 'explain-user', facts: { known: false } });
    expect(http.trail.notes[1]).not.toHaveProperty('person');
  });

  it.each([
    [undefined, 503, 'inspection-unavailable'],
    [{ kind: 'fault', because: 'quarantined' }, 503, 'directory-quarantined'],
    [{ kind: 'fault', because: 'secret-missing' }, 409, 'secret-missing'],
  ] as const)('is not explained while nobody can look (%j)', async (inspection, status, type) => {
    http.state.inspection = inspection;
    expect(await http.call('GET', `${path}/explain`)).toMatchObject({ status, body: { type: `urn:tallystick:problem:${type}` } });
  });

  it('of a connection that is not there is nobody', async () => {
    expect(await http.store.remove(http.ref, 1)).toBe('removed');
    expect((await http.call('GET', `${path}/explain`)).status).toBe(404);
    expect((await http.call('POST', `${path}/reconcile`)).status).toBe(404);
    expect((await http.call('POST', '/passes', { body: { kind: 'preview' } })).status).toBe(404);
  });
});
