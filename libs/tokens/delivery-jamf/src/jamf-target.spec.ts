import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery, DeliveryTarget } from '@tallystick/tokens-domain';
import { deliveredValues, deliveryTargetConformance } from '@tallystick/tokens-testing';
import { parse } from 'plist';
import { type Bench, examplePreferences, startBench } from './test-support/bench.ts';
import { asItIs, escapedTwice, type FakeJamf, normalised, type Section } from './test-support/fake-jamf.ts';

const { before, after, foreign } = deliveredValues;
const delivery: Delivery = { platform: 'ios', value: after, name: 'rotation-1/ios/1' };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

const read = (text: string) => parse(`<plist>${text}</plist>`) as Record<string, unknown>;
const setValue = (jamf: FakeJamf, value: string): void =>
  jamf.change((stored) => ({ ...stored, preferences: stored.preferences.replace(/tsk1-[a-z0-9-]+/, value) }));
const setPreferences = (jamf: FakeJamf, from: string, to: string): void =>
  jamf.change((stored) => ({ ...stored, preferences: stored.preferences.replace(from, to) }));
const setSection = (jamf: FakeJamf, section: Section, from: string, to: string): void =>
  jamf.change(({ sections, preferences }) => {
    expect(sections[section]).toContain(from);
    return { sections: { ...sections, [section]: sections[section].replace(from, to) }, preferences };
  });

describe.each([
  ['keeps a configuration as it is', asItIs],
  ['writes it down anew', normalised],
])('a Jamf Pro that %s', (_, stores) => {
  deliveryTargetConformance(async () => {
    const { jamf, target, pass, close } = await startBench(stores);
    const held = (): Record<string, unknown> => read(jamf.members[0].preferences);
    return {
      target,
      platform: 'ios',
      without: 'android',
      held: () => [held()['PINGID_MDM_TOKEN'] as string],
      elsewhere: () => [jamf.members[0].sections, { ...held(), PINGID_MDM_TOKEN: '' }],
      writes: () => jamf.writes,
      changeElsewhere: () => setSection(jamf, 'scope', '<id>3</id>', '<id>4</id>'),
      changeValue: (value) => setValue(jamf, value),
      loseNextWrite: (which) => (jamf.loseNextWrite = which),
      revokeCredentials: () => (jamf.areCredentialsTaken = false),
      throttleNext: () => void jamf.next.push({ status: 429, headers: { 'retry-after': '7' } }),
      settle: () => {
        pass(60_000);
        jamf.settle();
      },
      close,
    };
  });
});

describe('Jamf Pro', () => {
  let bench: Bench;
  let jamf: FakeJamf;
  let target: DeliveryTarget;
  const start = async (stores = asItIs, preferences?: string) => {
    await bench?.close();
    bench = await startBench(stores, preferences);
    ({ jamf, target } = bench);
  };
  beforeEach(() => start());
  afterEach(() => bench.close());

  it('holds the same text to the byte afterwards, but for the value: escaped once, types, order and comments kept', async () => {
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'stored', isNew: true });
    expect(jamf.members[0].preferences).toBe(examplePreferences.replace(before, after));
    expect(jamf.bodies[0]).toContain('<string>A &amp; B</string>');
  });

  it('is told of nothing but the configuration, and found to have left the rest alone', async () => {
    await target.apply(delivery, soon());
    expect(jamf.bodies[0]).not.toMatch(/<general>|<scope>/);
    jamf.isWipingOthers = true;
    const outcome = await target.apply({ ...delivery, value: foreign }, soon());
    expect(outcome).toMatchObject({ kind: 'conflict' });
  });

  it('that escapes once too often has changed other keys, which is a conflict', async () => {
    await start(escapedTwice);
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'conflict' });
  });

  it('may show ends of lines as &#13;, and a section of CDATA inside', async () => {
    const inside = '<key>html</key><string><![CDATA[<b>]]></string>';
    await start(asItIs, examplePreferences.replace('<key>serial', `${inside}<key>serial`).replaceAll('\n', '\r\n'));
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'stored' });
    expect(read(jamf.members[0].preferences)).toMatchObject({
      PINGID_MDM_TOKEN: after,
      html: '<b>',
      server: 'https://a.example/?a=1&b=<2>',
    });
  });

  it('may hold a whole property list', async () => {
    const doctype = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
    const whole = `<?xml version="1.0" encoding="UTF-8"?>\n${doctype}\n<plist version="1.0">\n${examplePreferences}</plist>`;
    await start(asItIs, whole);
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'stored' });
    expect(jamf.members[0].preferences).toBe(whole.replace(before, after));
  });

  it('is read back from the member that was written to, by the cookie of its balancer and no other', async () => {
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'stored' });
    expect(jamf.cookies).toEqual([undefined, 'jpro-ingress=member0', 'jpro-ingress=member0']);
  });

  it('may show what was before for a minute, on another member: not yet, and not another value', async () => {
    const outcome = await target.apply(delivery, soon());
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    const other = bench.anotherTarget();
    await other.read('ios', soon());
    const stale = bench.anotherTarget();
    const kinds = [await other.verify(delivery, outcome.receipt, soon()), await stale.verify(delivery, outcome.receipt, soon())];
    expect(kinds.map(({ kind }) => kind)).toContain('not-yet');
    bench.pass(59_000);
    jamf.settle();
    expect(await other.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'stored' });
  });

  it('gives tokens of a minute, which are replaced when less than 20 seconds are left', async () => {
    await target.read('ios', soon());
    bench.pass(40_000);
    await target.read('ios', soon());
    expect(jamf.logins).toBe(1);
    bench.pass(1);
    await Promise.all([target.read('ios', soon()), target.read('ios', soon())]);
    expect(jamf.logins).toBe(2);
    jamf.tokenSeconds = 10;
    bench.pass(60_000);
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'stored' });
  });

  it.each([
    [401, { kind: 'stored' }, ''],
    [403, { kind: 'refused', reason: 'permission-missing' }, 'Update Mobile Device Applications'],
    [404, { kind: 'refused', reason: 'slot-not-found' }, 'status 404'],
    [409, { kind: 'refused', reason: 'vendor-refused' }, 'a conflict with what is stored, or the privilege'],
    [400, { kind: 'refused', reason: 'vendor-refused' }, 'status 400'],
    [302, { kind: 'refused', reason: 'vendor-refused' }, 'status 302'],
    [429, { kind: 'try-later', retryAfterMs: 9_000 }, 'status 429'],
    [503, { kind: 'try-later', retryAfterMs: 9_000 }, 'status 503'],
    [500, { kind: 'unknown' }, 'status 500'],
  ])('that answers a write with %d and a page leads to %j, and the page to nothing', async (status, expected, said) => {
    const headers = { 'content-type': 'text/html', 'retry-after': '9', location: 'https://elsewhere.example' };
    jamf.nextToWrites.push({ status, headers, body: `<html><body><p>Conflict</p><p>${after}</p></body></html>` });
    const outcome = await target.apply(delivery, soon());
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).toContain(said);
    expect(JSON.stringify(outcome)).not.toContain(after);
  });

  it.each(['$SERIALNUMBER', 'with-$UDID-in-it', 'short', 'a<b>&amp;c-d'])('is never sent %p', async (value) => {
    const refusal = expect.objectContaining({ kind: 'refused', reason: 'value-not-allowed' });
    expect(await target.apply({ ...delivery, value }, soon())).toEqual(refusal);
    expect(await target.plan({ ...delivery, value }, soon())).toEqual(refusal);
    expect(jamf.writes).toBe(0);
  });

  it('counts licences by itself, which is no conflict; in the scope it is one', async () => {
    const outcome = await target.apply(delivery, soon());
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    setSection(jamf, 'vpp', '606', '605');
    expect(await target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'stored' });
    setSection(
      jamf,
      'vpp',
      '1000',
      '1000</total_vpp_licenses><vpp_admin_account_id>2</vpp_admin_account_id><total_vpp_licenses>',
    );
    expect(await target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'conflict' });
  });

  it.each([
    ['<string>A &amp; B</string>', '<string>A &amp;amp; B</string>'],
    ['<real>1.0</real>', '<integer>1</integer>'],
    ['9007199254740993', '9007199254740992'],
    ['<string>b</string><string>a</string>', '<string>a</string><string>b</string>'],
    ['not this one', 'this one'],
    ['<true/>', '<false/>'],
  ])('that shows %s as %s has another configuration than before', async (from, to) => {
    const outcome = await target.apply(delivery, soon());
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    setPreferences(jamf, from, to);
    expect(await target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'conflict' });
  });

  it('is found in order by the check', async () => {
    expect(await target.check('ios', soon())).toEqual([]);
  });

  it.each<[string, (of: FakeJamf) => void, string, string]>([
    ['another app', (of) => setSection(of, 'general', 'pingid.prod', 'other'), 'error app-not-found', 'slot-not-found'],
    [
      'a key in other case',
      (of) => setPreferences(of, 'PINGID_MDM_TOKEN', 'PingID_MDM_Token'),
      'error near-miss-key',
      'near-miss-key',
    ],
    [
      'a key with a blank',
      (of) => setPreferences(of, 'PINGID_MDM_TOKEN', 'PINGID_MDM_TOKEN '),
      'error near-miss-key',
      'near-miss-key',
    ],
    ['no key', (of) => setPreferences(of, 'PINGID_MDM_TOKEN', 'other'), 'error key-missing', 'key-missing'],
    ['no configuration', (of) => setPreferences(of, examplePreferences, ''), 'error key-missing', 'key-missing'],
    [
      'a number',
      (of) => setPreferences(of, `<string>${before}</string>`, '<integer>1</integer>'),
      'error unreadable',
      'unreadable',
    ],
    ['the key twice', (of) => setPreferences(of, '<key>serial', '<key>PINGID_MDM_TOKEN'), 'error unreadable', 'unreadable'],
    ['what is broken', (of) => setPreferences(of, '</dict>', ''), 'error unreadable', 'unreadable'],
    [
      'entities of its own',
      (of) => setPreferences(of, '<dict>', '<!DOCTYPE a [<!ENTITY b "c">]><dict>'),
      'error unreadable',
      'unreadable',
    ],
  ])('with %s is found by the check, and refused', async (_, how, finding, reason) => {
    how(jamf);
    expect((await target.check('ios', soon())).map(({ severity, what }) => `${severity} ${what}`)).toEqual([finding]);
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason });
    expect(jamf.writes).toBe(0);
  });

  it('is checked for apps that are not managed, scopes that are empty, and keys that are almost the key', async () => {
    setSection(jamf, 'general', '<deploy_as_managed_app>true', '<deploy_as_managed_app>false');
    setSection(jamf, 'scope', '<mobile_device_group><id>3</id><name>Phones</name></mobile_device_group>', '');
    setPreferences(jamf, '<key>serial', '<key>PINGID_MDM_TOKN');
    const found = await target.check('ios', soon());
    expect(found.map(({ severity, what }) => `${severity} ${what}`)).toEqual([
      'warning near-miss-key',
      'warning not-managed',
      'warning no-devices',
    ]);
  });

  it('that answers with a page of some proxy is not readable', async () => {
    jamf.next.push({ status: 200, body: '<html><body>welcome<br></body></html>' });
    expect(await target.read('ios', soon())).toMatchObject({ kind: 'refused', reason: 'unreadable' });
  });

  it('never says what devices have', async () => {
    expect(await target.coverage(delivery, { at: 0, rest: '', before: [] } as never, soon())).toMatchObject({ kind: 'unknown' });
  });
});
