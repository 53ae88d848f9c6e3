import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PassId } from '@tallystick/devices-domain';
import { at, provisioningHttp, userOf } from '../passes/test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  http = await provisioningHttp();
});
afterEach(() => http.app.close());

const body = { sourceKey: 'key-1' };
const erase = (more: { readonly as?: string; readonly headers?: Record<string, string> } = {}) =>
  http.call('POST', '/users/erase', { body, as: 'ada:approver', ...more });
const everything = ['end', 'stores', 'parked', 'runs', 'name'];

describe('the erasure of a person', () => {
  it('ends their run, empties the stores, deletes their histories and forgets their name last, and says what is left', async () => {
    const answer = await erase();
    expect(answer).toMatchObject({
      status: 200,
      body: { known: true, erased: { accounts: 1, holds: 0, passEntries: 2, mentions: 0, parkedRecords: 1, runs: 3 } },
    });
    expect(http.erased).toEqual(everything);
    const left = answer.body['left'] as readonly { what: string }[];
    expect(left.map(({ what }) => what)).toEqual(expect.arrayContaining(['source', 'directory', 'parking-topic', 'backups']));
    expect(answer.text).not.toContain(userOf(1));
    expect(JSON.stringify(http.logged)).not.toContain(userOf(1));
  });

  it('is in the audit under their name before, and under no name after it, which would make them known again', async () => {
    await erase();
    const about = { action: 'erase-user', actor: 'ada', reason: 'as agreed' };
    expect(http.trail.notes).toMatchObject([
      { ...about, class: 'intent', person: { user: userOf(1) } },
      { ...about, class: 'result', result: 'done' },
    ]);
    expect(http.trail.notes[1]).not.toHaveProperty('person');
  });

  it('can be repeated; who is not known gets no name, and of a connection that is not there it tells', async () => {
    await erase();
    http.trail.notes.length = 0;
    expect(await erase()).toMatchObject({ status: 200, body: { known: false } });
    expect(http.trail.notes.map((note) => 'person' in note)).toEqual([false, false]);
    await http.store.remove(http.ref, 1);
    expect((await erase()).status).toBe(404);
  });

  it('that fails half-way is noted as unfinished, and goes on with the same key', async () => {
    const headers = { 'idempotency-key': 'again' };
    http.state.wakeFails = true;
    expect(await erase({ headers })).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:erasure-unfinished' } });
    expect(http.erased).not.toContain('name');
    http.state.wakeFails = false;
    expect((await erase({ headers })).status).toBe(200);
    expect(http.erased.slice(-everything.length)).toEqual(everything);
    expect(http.trail.notes.map(({ result }) => result)).toEqual([undefined, 'erasure-unfinished', undefined, 'done']);
  });

  it('waits for the worker that is at them, and then refuses without a trace', async () => {
    http.state.busyLooks = Infinity;
    expect(await erase()).toMatchObject({ status: 409, body: { type: 'urn:tallystick:problem:user-under-way' } });
    expect([http.erased, http.trail.notes]).toEqual([[], []]);
    http.state.busyLooks = 3;
    expect((await erase()).status).toBe(200);
  });

  it.each(['planning', 'applying'] as const)('is refused while a pass is %s, which would write of them again', async (stage) => {
    const pass = {
      ...http.ref,
      id: 'p1' as PassId,
      kind: 'preview',
      connectionVersion: 1,
      startedBy: 'x',
      startedAt: at,
    } as const;
    await http.passes.open({ ...pass, stage });
    expect(await erase()).toMatchObject({ status: 409, body: { type: 'urn:tallystick:problem:pass-under-way', pass: 'p1' } });
    await http.passes.update(http.ref, 'p1' as PassId, { stage: 'done', endedAt: at });
    expect((await erase()).status).toBe(200);
  });

  it('is for approvers only', async () => {
    for (const role of ['viewer', 'operator', 'auditor', 'token-admin'])
      expect((await erase({ as: `ada:${role}` })).status).toBe(403);
  });
});
