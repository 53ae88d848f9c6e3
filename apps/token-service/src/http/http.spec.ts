import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { openApiFaults } from '@tallystick/platform-testing';
import { configurationFormats as deliveryFormats } from '@tallystick/tokens-delivery-file';
import type { TokenId } from '@tallystick/tokens-domain';
import { memoryHttp } from '../test-support/memory-http.ts';

const base = '/v1/environments/acme';
const acme = environmentId('acme');
const day = 86_400_000;
let http: Awaited<ReturnType<typeof memoryHttp>>;
beforeEach(async () => {
  await http?.app.close();
  http = await memoryHttp();
});
afterAll(() => http.app.close());

const add = async (body: object = {}) => (await http.call('POST', `${base}/tokens`, { body: { label: 'a', ...body } })).body;
/** Of `devices`, the first `onFirst` presented the first token, the others the second. */
async function seen(tokens: readonly string[], devices: number, onFirst: number) {
  for (const at of [http.wall.nowMs, http.wall.nowMs + 2 * day]) {
    http.wall.nowMs = at;
    await http.sightings.record(
      acme,
      Array.from({ length: devices }, (_, index) => ({
        device: `device-${index}`,
        presented: (index < onFirst ? tokens[0] : tokens[1]) as TokenId,
        platform: index % 2 === 0 ? ('ios' as const) : ('android' as const),
        at: instant(at),
      })),
    );
  }
}

describe('the routes', () => {
  it('are documented as OpenAPI 3.1 says', async () => {
    expect(await openApiFaults(http.document)).toEqual([]);
  });

  it.each([
    ['PUT', 'requirement', 'viewer,approver,operator,auditor,validator-caller'],
    ['PUT', 'settings', 'viewer,token-admin,operator,auditor,validator-caller'],
    ['PUT', 'sibling-requirements', 'viewer,approver,auditor'],
    ['POST', 'tokens', 'viewer,approver,auditor'],
    ['PATCH', 'tokens/tok_x', 'viewer,approver,auditor'],
    ['POST', 'tokens/tok_x/revoke', 'viewer,approver,auditor'],
    ['POST', 'tokens/tok_x/export', 'viewer,approver,auditor'],
    ['POST', 'tokens/revoke-all-but', 'viewer,approver,auditor'],
    ['POST', 'proposals/prp_x/approve', 'viewer,token-admin,auditor'],
    ['POST', 'leak-reports', 'viewer,approver,auditor'],
    ['POST', 'notices', 'viewer,approver,auditor'],
    ['DELETE', 'applications/app/deviceRequirements', 'viewer,approver,auditor'],
  ] as const)('let nobody change anything without the role for it (%s %s)', async (method, rest, roles) => {
    expect((await http.call(method, `${base}/${rest}`, { body: {}, as: `x:${roles}` })).status).toBe(403);
    expect((await http.call(method, `${base}/${rest}`, { body: {}, as: 'x:token-admin,approver@elsewhere' })).status).toBe(404);
  });

  it('about all environments need the role in all of them', async () => {
    const body = { items: [{ token: 'x', source: 'y' }] };
    expect((await http.call('POST', '/v1/leak-reports', { body, as: 'x:token-admin@acme' })).status).toBe(403);
  });
});

describe('half a surrogate pair', () => {
  it('is refused in every text that is kept, and is no part of whoever did it', async () => {
    const bad = 'x \ud800';
    const { token } = await add();
    const brands = { brandsAllowed: [bad] };
    const settings = (await http.call('GET', `${base}/settings`)).body;
    const { version: _version, ...more } = settings;
    const item = { token: 'tsk_wrong', source: 'y' };
    const asked = [
      ['POST', 'tokens', { label: bad }],
      ['POST', 'tokens', { label: 'a', value: `q7Zt-x2Lk_9vB.4n${bad}` }],
      ['PATCH', `tokens/${token.id}`, { label: bad }],
      ['POST', `tokens/${token.id}/revoke`, { reason: bad }],
      ['POST', `tokens/${token.id}/revoke`, { reason: 'x', force: { reason: bad } }],
      ['POST', `tokens/${token.id}/replace-value`, { reason: bad }],
      ['PUT', 'sibling-requirements', { mode: 'observe', rules: { brands } }],
      ['PUT', 'settings', { ...more, enrolmentLink: `https://enrol.example/${bad}` }],
      ['POST', 'leak-reports', { items: [{ ...item, source: bad }] }],
      ['POST', 'leak-reports', { items: [{ ...item, url: `https://example.com/${bad}` }] }],
      ['POST', 'notices', { what: 'slot-waiting', rotation: bad }],
      ['PUT', 'applications/app/deviceRequirements', { restrictDevicesByBrand: { enabled: true, deviceBrandsAllowed: [bad] } }],
    ] as const;
    for (const [method, rest, body] of asked) {
      const { status } = await http.call(method, `${base}/${rest}`, { body, headers: { 'if-match': '"1"' } });
      expect([rest, status]).toEqual([rest, 400]);
    }
    const by = { environment: acme, actor: bad, reason: 'yearly', mayForce: false };
    await http.changes.change({ ...by, command: { kind: 'add-token', label: 'b', segment: {} } });
    expect((await http.memory.read(acme))?.tokens.at(-1)?.createdBy).toBe('x \ufffd');
  });
});

describe('too many changes', () => {
  it('are answered 429 with Retry-After, and say that revocations are not limited', async () => {
    const take = (() => Promise.resolve(7)) as never;
    const { token } = await add();
    Object.assign(http.needs.limits, { take });
    const answer = await http.call('POST', `${base}/tokens`, { body: { label: 'b' } });
    expect(answer).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { type: 'urn:tallystick:problem:too-many-changes' },
    });
    const body = { what: 'slot-waiting', rotation: 'r' };
    expect((await http.call('POST', `${base}/notices`, { body })).status).toBe(429);
    const force = { reason: 'leaked' };
    expect((await http.call('POST', `${base}/tokens/${token.id}/revoke`, { body: { reason: 'x', force } })).status).toBe(200);
  });
});

describe('a refusal of the guards', () => {
  it('has a stable type and the figures; forced it needs the reason and the role approver as well', async () => {
    const [first, second] = [await add(), await add()];
    await seen([first.token.id, second.token.id], 50, 10);
    const on = { mode: 'enforce', effectiveAt: new Date(http.wall.nowMs).toISOString() };
    expect((await http.call('PUT', `${base}/requirement`, { body: on })).status).toBe(200);
    const revoke = (more: object, as = 'admin:token-admin') =>
      http.call('POST', `${base}/tokens/${first.token.id}/revoke`, { body: { reason: 'rotated', ...more }, as });
    expect((await revoke({})).body).toMatchObject({
      type: 'urn:tallystick:problem:too-many-devices',
      status: 409,
      forceable: true,
      figures: { kind: 'known', devices: 50, byToken: 10, allowedShare: 0.02 },
    });
    const force = { reason: 'leaked' };
    expect(await revoke({ force })).toMatchObject({ status: 403, body: { type: 'urn:tallystick:problem:force-not-allowed' } });
    expect(await revoke({ force }, 'admin:token-admin,approver')).toMatchObject({
      status: 200,
      body: { outcome: 'changed', bounded: true, token: { state: 'revoked' }, forced: { refusal: 'too-many-devices' } },
    });
  });

  it('becomes 202 with a proposal where two people have to agree; another one approves it', async () => {
    const { version } = await add();
    const settings = (await http.call('GET', `${base}/settings`)).body;
    const { version: _version, ...more } = settings;
    const put = (headers: Record<string, string>) =>
      http.call('PUT', `${base}/settings`, { body: { ...more, twoPeople: true }, as: 'boss:approver', headers });
    expect((await put({})).status).toBe(428);
    expect((await put({ 'if-match': '"7"' })).status).toBe(412);
    expect((await put({ 'if-match': `W/"${String(version)}"` })).body).toMatchObject({ twoPeople: true, outcome: 'changed' });

    const loosened = { ...more, twoPeople: false, force: { reason: 'alone again' } };
    const proposed = await http.call('PUT', `${base}/settings`, {
      body: loosened,
      as: 'boss:approver',
      headers: { 'if-match': '"2"' },
    });
    expect(proposed).toMatchObject({
      status: 202,
      body: { outcome: 'proposed', proposal: { by: 'boss', refusal: 'needs-approval' } },
    });
    const { items } = (await http.call('GET', `${base}/proposals`)).body;
    expect(items).toMatchObject([{ command: { kind: 'change-settings' }, reason: 'alone again' }]);
    const { id } = items[0] as { id: string };
    expect((await http.call('POST', `${base}/proposals/${id}/approve`, { as: 'boss:approver' })).body).toMatchObject({
      status: 403,
    });
    expect((await http.call('POST', `${base}/proposals/${id}/approve`, { as: 'other:approver' })).body).toMatchObject({
      outcome: 'changed',
    });
    expect((await http.call('POST', `${base}/proposals/${id}/withdraw`)).status).toBe(404);
    expect((await http.call('GET', `${base}/settings`)).body).toMatchObject({ twoPeople: false });
  });

  it('stops rules that were never observed', async () => {
    await add();
    const put = (mode: string, tag: string) =>
      http.call('PUT', `${base}/sibling-requirements`, {
        body: { mode, rules: { deviceLock: true, minimumOsVersion: { ios: '17.4' } } },
        headers: { 'if-match': tag },
      });
    expect(await put('enforce', '"1"')).toMatchObject({
      status: 409,
      body: { type: 'urn:tallystick:problem:siblings-unproven' },
    });
    expect((await put('observe', '"1"')).body).toMatchObject({ mode: 'observe', revision: 1, outcome: 'changed' });
    expect((await http.call('GET', `${base}/sibling-requirements`)).body).toMatchObject({
      rules: { minimumOsVersion: { ios: '17.4' } },
    });
  });
});

describe('what the sightings say', () => {
  it('is a preview by segment, platform and what was presented', async () => {
    const [first, second] = [await add({ segment: { platform: 'ios' } }), await add()];
    await http.call('POST', `${base}/tokens/${second.token.id}/revoke`, { body: { reason: 'x' } });
    await seen([first.token.id, second.token.id], 10, 6);
    const { body } = await http.call('GET', `${base}/preview?windowDays=5`);
    expect(body).toMatchObject({
      state: { kind: 'known' },
      windowDays: 5,
      ifEnforcedNow: { devices: 10, refused: 4, withoutToken: 0 },
    });
    expect(body['ifEnforcedNow']).toMatchObject({
      segments: expect.arrayContaining([expect.objectContaining({ segment: 'all', devices: 4, refused: 4 })]),
      presented: expect.arrayContaining([expect.objectContaining({ presented: first.token.id, refused: 0 })]),
    });
  });

  it('is adoption by token with a forecast, and the devices that lag behind, page by page', async () => {
    const [first, second] = [await add(), await add()];
    await seen([first.token.id, second.token.id], 10, 4);
    const { body } = await http.call('GET', `${base}/adoption?token=${second.token.id}&threshold=0.5`);
    expect(body).toMatchObject({
      state: { kind: 'known' },
      figures: {
        devices: 10,
        tokens: [
          { token: first.token.id, devices: 4, share: 0.4 },
          { devices: 6, shareOfSegment: 0.6 },
        ],
      },
      forecast: { replaces: [first.token.id], devices: 10, onToken: 6, threshold: 0.5 },
    });
    const devices: unknown[] = [];
    for (let query = `token=${second.token.id}&limit=3`, pages = 0; query !== '' && pages < 20; pages++) {
      const page = (await http.call('GET', `${base}/adoption/laggards?${query}`)).body;
      devices.push(...page.items);
      query = page['next'] === undefined ? '' : `token=${second.token.id}&limit=3&cursor=${page['next'] as string}`;
    }
    expect(new Set(devices.map((one) => (one as { device: string }).device)).size).toBe(4);
    expect((await http.call('GET', `${base}/adoption?threshold=2`)).status).toBe(400);
  });

  it('is unknown, and says so, while the store is away', async () => {
    await add();
    http.sightings.reachable = false;
    const unknown = { state: { kind: 'unknown', why: 'store-unavailable' } };
    expect(await http.call('GET', `${base}/preview`)).toMatchObject({ status: 200, body: unknown });
    expect(await http.call('GET', `${base}/adoption`)).toMatchObject({ status: 200, body: unknown });
    expect((await http.call('GET', `${base}/adoption/laggards`)).status).toBe(503);
  });
});

describe('a kept value', () => {
  it('is exported as a file for an MDM after an audit note, until it is released', async () => {
    const made = await add({ keepValue: true });
    const path = `${base}/tokens/${made.token.id}`;
    const plist = await http.call('POST', `${path}/export`, { body: { format: 'ios-plist', slot: 'intune-ios' } });
    expect(plist.text).toBe(`<dict>\n  <key>PINGID_MDM_TOKEN</key>\n  <string>${made.value}</string>\n</dict>\n`);
    expect(plist.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/x-plist' });
    expect((await http.call('POST', `${path}/export`, { body: { format: 'json' } })).body).toEqual({
      key: 'PINGID_MDM_TOKEN',
      type: 'string',
      value: made.value,
    });
    expect(plist.headers).toMatchObject({
      'content-disposition': 'attachment; filename="managed-device-token-ios.plist"',
      'x-tallystick-warnings': expect.stringContaining('replaces the whole dictionary'),
    });
    const android = await http.call('POST', `${path}/export`, { body: { format: 'android-managed-configuration', key: 'k' } });
    expect(android.body).toEqual({ managedConfiguration: { k: made.value } });
    const audit = http.memory.outbox(http.memory.shardOf(acme)).map((entry) => JSON.parse(entry) as object);
    expect(audit.slice(1)).toMatchObject([
      { actor: 'admin', action: 'export-value', format: 1, as: 'ios-plist', slot: 'intune-ios', tokens: [made.token.id] },
      { action: 'export-value', format: 1, as: 'json' },
      { action: 'export-value' },
    ]);
    expect(JSON.stringify(audit)).not.toContain(made.value);
    await http.call('POST', `${path}/release-value`);
    const none = { status: 409, body: { type: 'urn:tallystick:problem:value-not-kept' } };
    expect(await http.call('POST', `${path}/export`, { body: { format: 'json' } })).toMatchObject(none);
  });

  it('is exported in every format by console, for the app that is named, with its audit note and its warnings', async () => {
    const made = await add({ keepValue: true, segment: { platform: 'android' } });
    const path = `${base}/tokens/${made.token.id}`;
    const app = { key: 'K', iosBundleId: 'com.example.app', androidPackage: 'com.example.android' };
    const formats = [...deliveryFormats];
    const uuids = new Set<string | undefined>();
    for (const format of [...formats, 'mdm-command']) {
      const file = await http.call('POST', `${path}/export`, { body: { format, ...app } });
      expect([format, file.status]).toEqual([format, 200]);
      expect(file.headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': expect.stringMatching(/^(application\/(xml|json)|text\/csv); charset=utf-8$|^application\/x-plist$/),
        'content-disposition': expect.stringMatching(/^attachment; filename="managed-device-token-[a-z-]+\.[a-z]+"$/),
        'x-tallystick-warnings': expect.stringContaining('secret'),
      });
      expect(file.text).toContain(made.value);
      expect(file.text).not.toMatch(/pingid/i);
      if (format === 'mdm-command') uuids.add(/<key>CommandUUID<\/key>\s*<string>([0-9a-f-]{36})</.exec(file.text)?.[1]);
      if (format === 'keyvalue-csv')
        expect(file.text.split('\n').map((row) => row.split(',')[0])).toEqual(['platform', 'android', '']);
    }
    expect([uuids.size, uuids.has(undefined)]).toEqual([2, false]);
    const audit = http.memory.outbox(http.memory.shardOf(acme)).map((entry) => JSON.parse(entry) as object);
    expect(audit.slice(1)).toMatchObject([...formats, 'mdm-command'].map((as) => ({ action: 'export-value', as })));
    expect(JSON.stringify(audit)).not.toContain(made.value);
    for (const bad of [
      { format: 'exe' },
      { format: 'ios-dict', iosBundleId: 'a b' },
      { format: 'ios-dict', androidPackage: '<' },
    ])
      expect((await http.call('POST', `${path}/export`, { body: bad })).status).toBe(400);
  });

  it('is not given when the note can not be written', async () => {
    await http.app.close();
    let isFull = false;
    http = await memoryHttp((store) => ({
      change: (change) => (isFull ? Promise.resolve({ kind: 'outbox-full' }) : store.change(change)),
    }));
    const made = await add({ keepValue: true });
    isFull = true;
    const answer = await http.call('POST', `${base}/tokens/${made.token.id}/export`, { body: { format: 'json' } });
    expect([answer.status, answer.text.includes(made.value)]).toEqual([503, false]);
  });
});

describe('a leak report', () => {
  it('revokes what the guards let pass, marks the rest, and repeats no value', async () => {
    const [first, second] = [await add(), await add()];
    await http.call('PUT', `${base}/requirement`, { body: { mode: 'observe', effectiveAt: '2020-01-01T00:00:00Z' } });
    const report = (items: object[], url = '/v1/leak-reports') => http.call('POST', url, { body: { items } });
    const item = (token: string) => ({ token, source: 'code search', url: `https://example.com/x?q=${token}` });
    const { status, body, text } = await report([
      item(first.value),
      item('tsk_wrong'),
      item('11111111-2222-4333-8444-555555555555'),
    ]);
    expect(status).toBe(200);
    expect(body.items).toEqual([
      { index: 0, outcome: 'revoked', environment: 'acme', token: first.token.id },
      { index: 1, outcome: 'malformed' },
      { index: 2, outcome: 'malformed' },
    ]);
    const last = await report([item(second.value)], `${base}/leak-reports`);
    expect(last.body.items).toEqual([
      { index: 0, outcome: 'kept', environment: 'acme', token: second.token.id, guard: 'last-token' },
    ]);
    expect((await report([item(first.value)])).body.items).toMatchObject([{ outcome: 'already-revoked' }]);
    expect((await http.call('GET', `${base}/tokens/${second.token.id}`)).body).toMatchObject({
      state: 'active',
      leakReportedAt: expect.any(String),
    });
    const audit = http.memory.outbox(http.memory.shardOf(acme)).join();
    for (const { value } of [first, second]) expect(text + last.text + audit).not.toContain(value);
    expect(await http.metrics.registry.metrics()).toMatch(/leak_reports_total{outcome="kept"[^}]*} 1/);
  });
});

describe('tokens', () => {
  it('are listed in pages, and by whether they are live', async () => {
    const ids = [];
    for (let at = 0; at < 5; at++) ids.push((await add()).token.id);
    await http.call('POST', `${base}/tokens/${ids[0]}/revoke`, { body: { reason: 'x' } });
    const page = (await http.call('GET', `${base}/tokens?limit=2&state=live`)).body;
    expect(page).toMatchObject({ items: [{ id: ids[1] }, { id: ids[2] }], next: ids[2] });
    const rest = (await http.call('GET', `${base}/tokens?limit=2&state=live&cursor=${ids[2]}`)).body;
    expect(rest.items).toMatchObject([{ id: ids[3] }, { id: ids[4] }]);
    expect(rest['next']).toBeUndefined();
    expect((await http.call('GET', `${base}/tokens?cursor=tok_none`)).status).toBe(400);
  });

  it('are edited, retired and reinstated; several in one step', async () => {
    const [first, second] = [(await add()).token.id, (await add()).token.id];
    const edit = { label: 'b', segment: { platform: 'android', site: 'berlin' }, expiresAt: '2099-01-01T00:00:00Z' };
    expect((await http.call('PATCH', `${base}/tokens/${first}`, { body: edit })).body.token).toMatchObject({
      label: 'b',
      segmentName: 'android/berlin',
      expiresAt: '2099-01-01T00:00:00.000Z',
    });
    expect((await http.call('PATCH', `${base}/tokens/${first}`, { body: { expiresAt: null } })).body.token).not.toHaveProperty(
      'expiresAt',
    );
    expect((await http.call('PATCH', `${base}/tokens/${first}`, { body: {} })).status).toBe(400);
    const both = { tokens: [first, second] };
    expect((await http.call('POST', `${base}/tokens/retire`, { body: both })).body).toMatchObject({
      tokens: [{ state: 'retiring' }, { state: 'retiring' }],
    });
    expect((await http.call('POST', `${base}/tokens/${first}/reinstate`)).body).toMatchObject({ tokens: [{ state: 'active' }] });
    const gone = await http.call('POST', `${base}/tokens/revoke-all-but`, { body: { keep: first, reason: 'leaked' } });
    expect(gone.body).toMatchObject({ tokens: [{ id: second, state: 'revoked' }], confirmedBy: 'lease' });
    expect((await http.call('POST', `${base}/tokens/${second}/reinstate`)).body.type).toBe(
      'urn:tallystick:problem:token-is-revoked',
    );
  });

  it('M20: a replaced value is revoked and another added in the same change', async () => {
    const old = await add({ label: 'iOS', segment: { platform: 'ios' } });
    const path = `${base}/tokens/${old.token.id}/replace-value`;
    const { body } = await http.call('POST', path, { body: { reason: 'typo', value: 'q7Zt-x2Lk_9vB.4n' } });
    expect(body).toMatchObject({
      token: { state: 'revoked' },
      replacement: { label: 'iOS', segmentName: 'ios', value: 'q7Zt-x2Lk_9vB.4n' },
      version: 2,
    });
  });

  it('of a segment are limited for a rotation', async () => {
    const body = { label: 'a', segment: { platform: 'ios' }, mostInSegment: 1 };
    await add(body);
    expect(await http.call('POST', `${base}/tokens`, { body })).toMatchObject({
      status: 409,
      body: { type: 'urn:tallystick:problem:two-generations' },
    });
    expect((await http.call('POST', `${base}/tokens`, { body: { ...body, segment: {} } })).status).toBe(201);
  });
});

describe('a notice of a rotation', () => {
  it('is written into the audit once per key', async () => {
    await add();
    const body = {
      what: 'slot-waiting',
      rotation: 'rotation/acme/all',
      slot: { id: 'a', mdm: 'intune', platform: 'ios', kind: 'file' },
    };
    for (let again = 0; again < 2; again++)
      expect((await http.call('POST', `${base}/notices`, { body, headers: { 'idempotency-key': 'same' } })).status).toBe(201);
    const audit = http.memory.outbox(http.memory.shardOf(acme));
    expect(audit.filter((entry) => entry.includes('rotation-slot-waiting'))).toHaveLength(1);
  });
});
