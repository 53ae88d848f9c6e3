import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { InMemoryMdm } from '@tallystick/tokens-testing';
import { createGuidedTarget } from '@tallystick/tokens-delivery-guided';
import { viewOfTarget } from './delivery-documents.ts';
import { parseTargets } from './targets-file.ts';
import { memoryHttp } from '../test-support/memory-http.ts';
import { configuredTarget, memoryTargets } from '../test-support/memory-targets.ts';

const acme = environmentId('acme');
const base = '/v1/environments/acme/delivery-targets';
const strange = 'somebody-elses-value';

let http: Awaited<ReturnType<typeof memoryHttp>>;
let mdm: InMemoryMdm;
/** What the store was asked for, in order. */
let calls: string[];
let isFull: boolean;
let made: { readonly token: string; readonly value: string };

beforeEach(async () => {
  [mdm, calls, isFull] = [new InMemoryMdm(strange), [], false];
  const targets = memoryTargets(
    configuredTarget(
      acme,
      'mdm',
      mdm.target(() => instant(http.wall.nowMs)),
    ),
    configuredTarget(
      environmentId('other'),
      'foreign',
      mdm.target(() => instant(http.wall.nowMs)),
    ),
  );
  http = await memoryHttp(
    (store) => ({
      change: (change) => {
        if (isFull) return Promise.resolve({ kind: 'outbox-full' });
        calls.push('audit');
        return store.change(change);
      },
      readSealed: (environment, token) => {
        calls.push('open');
        return store.readSealed(environment, token);
      },
    }),
    undefined,
    targets,
  );
  const { status, text, body } = await http.call('POST', '/v1/environments/acme/tokens', {
    body: { label: 'a', keepValue: true },
  });
  if (status !== 201) throw new Error(text);
  made = { token: body.token.id, value: body.value };
  calls = [];
});
afterEach(() => http.app.close());

const slot = () => ({ platform: 'ios', token: made.token, name: 'rotation-1/open-1' });
const planBody = (more: object = {}) => ({ ...slot(), reason: 'a rotation', known: [], overwrite: true, ...more });
const receipt = { at: '2027-01-15T08:00:00Z', rest: 'ab', before: ['cd', 'cd'] };
type How = NonNullable<Parameters<typeof http.call>[2]>;
const post = (route: string, body: object, how: How = {}, id = 'mdm') =>
  http.call('POST', `${base}/${id}/${route}`, { ...how, body });
const planned = async () => {
  const { body } = await post('plan', planBody());
  return (body as unknown as { readonly revision: string }).revision;
};
const audit = () =>
  http.memory.outbox(http.memory.shardOf(acme)).map((entry) => JSON.parse(entry) as Readonly<Record<string, unknown>>);

describe('the targets of an environment', () => {
  it.each(['viewer', 'auditor', 'operator', 'token-admin'])(
    'are listed for the role %s, without those of others',
    async (role) => {
      const { status, body } = await http.call('GET', base, { as: `x:${role}` });
      expect([status, body.items]).toEqual([200, [expect.objectContaining({ id: 'mdm', platforms: ['ios'], by: 'api' })]]);
    },
  );

  it('are not listed for a validator, nor for who has no role in the environment', async () => {
    expect((await http.call('GET', base, { as: 'x:validator-caller' })).status).toBe(403);
    expect((await http.call('GET', base, { as: 'x:token-admin,operator@other' })).status).toBe(404);
  });

  it.each(['token-admin', 'operator'])('are checked for the role %s; the answer names no value', async (role) => {
    const { status, text, body } = await post('check', { platform: 'ios' }, { as: `x:${role}` });
    expect([status, body]).toEqual([200, { holds: ['unknown-value', 'unknown-value'], findings: [] }]);
    expect(text).not.toContain(strange);
  });
});

describe('a call of a target', () => {
  const routes = ['check', 'plan', 'deliver', 'verify'] as const;
  const bodyOf = (route: (typeof routes)[number], expected = 'ab'): object =>
    ({
      check: { platform: 'ios' },
      plan: planBody(),
      deliver: { ...slot(), reason: 'a rotation', expected },
      verify: { ...slot(), receipt },
    })[route];

  it.each(routes)('(%s) needs a role for it in that environment, and a target of it', async (route) => {
    const body = bodyOf(route, await planned());
    const note = audit().length;
    const roles =
      route === 'check' ? 'viewer,auditor,approver,validator-caller' : 'viewer,auditor,approver,operator,validator-caller';
    expect((await post(route, body, { as: `x:${roles}` })).status).toBe(403);
    expect((await post(route, body, { as: 'x:token-admin,operator@other' })).status).toBe(404);
    for (const id of ['foreign', 'no-such']) expect((await post(route, body, {}, id)).status).toBe(404);
    expect([mdm.writes, audit().length]).toEqual([0, note]);
    expect((await post(route, body, { as: 'x:token-admin' })).status).toBe(200);
  });

  it.each(['plan', 'deliver'] as const)('(%s) needs a key and a reason', async (route) => {
    const body = bodyOf(route, await planned());
    const note = audit().length;
    const key = { 'idempotency-key': 'k' };
    expect((await post(route, body, { isBare: true })).status).toBe(400);
    for (const reason of [undefined, '', ' '])
      expect((await post(route, { ...body, reason }, { isBare: true, headers: key })).status).toBe(400);
    expect([mdm.writes, audit().length]).toEqual([0, note]);
    expect((await post(route, body, { isBare: true, headers: key })).status).toBe(200);
  });

  it.each(['plan', 'deliver'] as const)('(%s) is in the audit before the value is opened', async (route) => {
    const body = bodyOf(route, await planned());
    calls = [];
    expect((await post(route, body, { as: 'worker:token-admin' })).body).toMatchObject({
      kind: route === 'plan' ? 'planned' : 'stored',
    });
    expect(calls).toEqual(['audit', 'open']);
    expect(audit().at(-1)).toMatchObject({
      ...{ actor: 'worker', action: route === 'plan' ? 'plan-delivery' : 'deliver', reason: 'a rotation', result: 'noted' },
      ...{ environment: 'acme', target: 'mdm', ...slot(), ...(route === 'plan' ? { overwrite: true } : {}) },
    });
    expect(JSON.stringify(audit())).not.toContain(made.value);
  });

  it.each(['plan', 'deliver'] as const)('(%s) is not done when it can not be audited', async (route) => {
    const body = bodyOf(route, await planned());
    calls = [];
    isFull = true;
    expect((await post(route, body)).status).toBe(503);
    expect([calls, mdm.writes]).toEqual([[], 0]);
    isFull = false;
    Object.assign(http.needs.limits, { take: () => Promise.resolve(7) });
    expect(await post(route, body)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect([calls, mdm.writes]).toEqual([[], 0]);
  });

  it('(deliver) is noted once for a key, and the key is of no use for another token', async () => {
    const body = bodyOf('deliver', await planned());
    const note = audit().length;
    const headers = { 'idempotency-key': 'k' };
    expect((await post('deliver', body, { headers })).body).toMatchObject({ kind: 'stored' });
    expect((await post('deliver', body, { headers })).body).toMatchObject({ kind: 'failing', reason: 'changed-meanwhile' });
    expect((await post('deliver', { ...body, token: 'tok_other' }, { headers })).status).toBe(422);
    expect([mdm.writes, audit().length]).toEqual([2, note + 1]);
  });

  it.each(['plan', 'deliver', 'verify'] as const)('(%s) takes no value where an id or a name belongs', async (route) => {
    const body = bodyOf(route, await planned());
    const note = audit().length;
    for (const more of [{ token: made.value }, { name: `rotation/${made.value}` }]) {
      const { status, text } = await post(route, { ...body, ...more });
      expect([status, text.includes(made.value)]).toEqual([400, false]);
    }
    expect([mdm.writes, audit().length]).toEqual([0, note]);
  });

  it('answers no value, of no token', async () => {
    const plan = await post('plan', planBody());
    const stored = await post('deliver', { ...slot(), reason: 'a rotation', expected: await planned() });
    const kept = (stored.body as unknown as { readonly receipt: object }).receipt;
    const verified = await post('verify', { ...slot(), receipt: kept });
    expect(verified.body).toMatchObject({ kind: 'stored', receipt: kept, coverage: { of: 40, delivered: 39 } });
    const checked = await post('check', { platform: 'ios' });
    expect(checked.body).toMatchObject({ holds: [made.token, made.token] });
    const said = [plan, stored, verified, checked].map(({ text }) => text).join();
    for (const value of [made.value, strange]) expect(said).not.toContain(value);
  });
});

describe('a target that a person fills', () => {
  it('is shown with what to do, and which file fits', () => {
    const [document] = parseTargets(
      JSON.stringify({ targets: [{ environment: acme, id: 'ivanti', vendor: 'guided', settings: { product: 'ivanti-epmm' } }] }),
    );
    if (document?.vendor !== 'guided') throw new Error('expected a guided target');
    const target = createGuidedTarget(document.settings, { app: document.app });
    const { guides = [] } = viewOfTarget({ document, target });
    expect(guides.map(({ platform }) => platform)).toEqual(target.describe().platforms);
    expect(guides[0]!.steps.length).toBeGreaterThan(3);
    expect(guides[0]!.title).toMatch(/PINGID_MDM_TOKEN in .*Ivanti/);
  });
});
