import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HeldUser, noChanges, type PassId, type PlanHash } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { at, provisioningHttp, userOf } from '../passes/test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  http = await provisioningHttp();
});
afterEach(() => http.app.close());

describe('a hold', () => {
  const held = (n: number, hash = `plan-${n}`): Omit<HeldUser, 'user' | 'state'> & { readonly n: number } => ({
    n,
    planHash: hash as PlanHash,
    counts: { ...noChanges, deletions: 1 },
    plan: { steps: [{ kind: 'delete-user', reason: 'gone-from-datastore' }], findings: [] },
  });
  const hold = (one: ReturnType<typeof held>, how: { readonly pass?: string; readonly requestedBy?: string } = {}) =>
    http.guards.hold({ ...http.ref, user: userOf(one.n) }, one, { because: 'too-many-deletions', holdHours: 72, ...how }, at);
  const answer = (id: string, what: 'approve' | 'reject', hash: unknown, as = 'grace:approver', reason = 'checked') =>
    http.call('POST', `/holds/${id}/${what}`, { body: { hash, reason }, as });
  const hashOf = async (id: string) => (await http.call('GET', `/holds/${id}`, { as: 'x:viewer' })).body['hash'];

  it('is approved by exactly its hash, and its users are woken; who joined since is not approved unseen (R26)', async () => {
    const id = await hold(held(1));
    const seen = await hashOf(id);
    await hold(held(2));
    expect(await answer(id, 'approve', seen)).toMatchObject({
      status: 409,
      body: { type: 'urn:tallystick:problem:hold-outdated', hold: { users: 2, counts: { deletions: 2 } } },
    });
    expect(http.woken).toEqual([]);
    const approved = await answer(id, 'approve', await hashOf(id));
    expect(approved).toMatchObject({
      status: 200,
      body: { woken: 2, hold: { state: 'approved', answeredBy: 'grace', reason: 'checked' } },
    });
    expect(http.woken).toEqual([userOf(1), userOf(2)]);
    // A lost answer: the same again tells them again, another one is refused.
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject({ status: 200 });
    expect(await answer(id, 'reject', await hashOf(id))).toMatchObject({ status: 409, body: { hold: { state: 'approved' } } });
    expect((await answer(id, 'approve', await hashOf(id), 'eve:approver')).status).toBe(409);
  });

  it('shows its users by their hashes with sentences, a page at a time', async () => {
    const id = await hold(held(1));
    await hold(held(2));
    const page = await http.call('GET', `/holds/${id}/users?limit=1`, { as: 'x:viewer' });
    expect(page.body).toMatchObject({
      users: [{ user: userOf(1), state: 'held', steps: [{ kind: 'delete-user', text: expect.stringContaining('deleted') }] }],
      next: expect.any(String),
    });
    expect((await http.call('GET', `/holds/${id}/users?cursor=${String(page.body['next'])}`)).body).toMatchObject({
      users: [{ user: userOf(2) }],
    });
    expect((await http.call('GET', '/holds', { as: 'x:viewer' })).body).toMatchObject({
      holds: [{ id, because: 'too-many-deletions', text: expect.stringContaining('deleted') }],
    });
  });

  it('wakes by a later sweep whom the engine would not take', async () => {
    const id = await hold(held(1));
    http.state.wakeFails = true;
    expect((await answer(id, 'reject', await hashOf(id))).status).toBe(200);
    expect(http.reminded).toEqual([userOf(1)]);
  });

  it('of a pass tells the pass; its users are woken only when the pass is gone', async () => {
    const id = await hold(held(1), { pass: 'p' });
    await http.passes.open({
      ...{
        ...http.ref,
        id: 'p' as PassId,
        kind: 'pass',
        stage: 'held',
        connectionVersion: 1,
        startedBy: 'schedule',
        startedAt: at,
      },
    });
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'p' as PassId };
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject({ status: 200, body: { woken: 0 } });
    expect(http.engine.told).toEqual(['hold-answered pass p']);
    // Another pass has the same workflow id by now: it must not be taken for this one.
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'q' as PassId };
    expect((await answer(id, 'approve', await hashOf(id))).body).toMatchObject({ woken: 1 });
    expect(http.engine.told).toHaveLength(1);
  });

  it('of a pass that ends at that moment wakes its users: nobody else does what was approved', async () => {
    const id = await hold(held(1), { pass: 'p' });
    const pass = { ...http.ref, id: 'p' as PassId, kind: 'pass', stage: 'held', connectionVersion: 1 } as const;
    await http.passes.open({ ...pass, startedBy: 'schedule', startedAt: at });
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'p' as PassId };
    http.engine.holdAnswered = () => Promise.resolve('not-running');
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject({ status: 200, body: { woken: 1 } });
    expect(http.woken).toEqual([userOf(1)]);
  });

  it('that nobody answered in time wakes its users to be judged anew, once; one of a pass wakes nobody', async () => {
    await hold(held(1));
    await hold(held(2), { pass: 'p' });
    expect(await http.holds.wakeExpired(http.ref)).toBe(0);
    http.state.now = instant(at + 73 * 3_600_000);
    expect(await http.holds.wakeExpired(http.ref)).toBe(1);
    expect(http.woken).toEqual([userOf(1)]);
    expect(await http.holds.wakeExpired(http.ref)).toBe(0);
    const again = await http.guards.hold(
      { ...http.ref, user: userOf(1) },
      held(1),
      { because: 'too-many-deletions', holdHours: 72 },
      http.state.now,
    );
    expect((await http.call('GET', `/holds/${again}`, { as: 'x:viewer' })).body).toMatchObject({ state: 'open', users: 1 });
  });

  it('is in the audit when it expires, by the system; when that can not be written its end is told again later', async () => {
    const id = await hold(held(1));
    http.state.now = instant(at + 73 * 3_600_000);
    http.trail.full = ['intent'];
    await expect(http.holds.wakeExpired(http.ref)).rejects.toMatchObject({ kind: 'audit-not-writable' });
    expect(http.woken).toEqual([]);
    http.trail.full = [];
    http.state.now = instant(http.state.now + 60_000);
    expect(await http.holds.wakeExpired(http.ref)).toBe(1);
    expect(http.trail.notes).toEqual([
      {
        ...{ ...http.ref, class: 'intent', actor: 'system', action: 'expire-hold', subject: id, result: 'expired' },
        ...{ reason: 'nobody answered it in time', requestId: expect.any(String) },
        facts: { users: 1, because: 'too-many-deletions' },
      },
    ]);
  });

  it('is noted once when it expires, however often its users have to be woken', async () => {
    await hold(held(1));
    http.state.now = instant(at + 73 * 3_600_000);
    http.guards.told = () => Promise.reject(new Error('the store is away'));
    for (let minute = 0; minute < 3; minute += 1) {
      await Promise.allSettled([http.holds.wakeExpired(http.ref), http.holds.wakeExpired(http.ref)]);
      http.state.now = instant(http.state.now + 60_000);
    }
    expect(http.trail.notes.map(({ action }) => action)).toEqual(['expire-hold']);
    expect(http.woken.length).toBeGreaterThan(2);
  });

  it('wakes all of its users, however many pages they are', async () => {
    let id = '';
    for (let n = 1; n <= 201; n += 1) id = await hold(held(n));
    expect((await answer(id, 'approve', await hashOf(id))).body).toMatchObject({ woken: 201 });
    expect(new Set(http.woken).size).toBe(201);
  });

  it('is not answered by who asked for it where two people are wanted', async () => {
    await http.app.close();
    const document = connectionDocument();
    http = await provisioningHttp({ document: { ...document, guards: { ...document.guards, twoPeople: true } } });
    const id = await hold(held(1), { requestedBy: 'grace' });
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject({
      status: 403,
      body: { type: 'urn:tallystick:problem:own-request' },
    });
    expect((await answer(id, 'approve', await hashOf(id), 'mary:approver')).status).toBe(200);
  });

  it('is not approved by who saved the document, nor by who saved that one person is enough', async () => {
    await http.app.close();
    const usual = connectionDocument();
    const wanted = { ...usual, guards: { ...usual.guards, twoPeople: true } };
    http = await provisioningHttp({ document: wanted });
    await http.store.save({ ...wanted, options: { ...wanted.options, removeAction: 'delete' } }, 1, 'grace', at);
    const id = await hold(held(1));
    const refused = { status: 403, body: { type: 'urn:tallystick:problem:own-request' } };
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject(refused);
    await http.store.save(usual, 2, 'grace', at);
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject(refused);
    await http.store.save({ ...usual, defaultCountry: 'GB' }, 3, 'grace', at);
    expect(await answer(id, 'approve', await hashOf(id))).toMatchObject(refused);
    expect((await answer(id, 'approve', await hashOf(id), 'mary:approver')).status).toBe(200);
    const other = await hold(held(2));
    expect((await answer(other, 'reject', await hashOf(other))).status).toBe(200);
  });
});
