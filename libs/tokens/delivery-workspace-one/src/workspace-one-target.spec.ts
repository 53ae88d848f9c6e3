import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery, DeliveryTarget } from '@tallystick/tokens-domain';
import { deliveredValues, deliveryTargetConformance } from '@tallystick/tokens-testing';
import { parse, stringify } from 'lossless-json';
import { type Bench, startBench } from './test-support/bench.ts';
import { compact, exampleRules } from './test-support/example-rules.ts';
import { type FakeUem, iosApplication } from './test-support/fake-uem.ts';

const { before, after } = deliveredValues;
const delivery: Delivery = { platform: 'ios', value: after, name: 'rotation-1/ios/1' };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

interface Rules {
  assignments: {
    distribution: { name: string; description: string };
    application_configuration: { key: string; value: string }[];
  }[];
}
const rulesOf = (uem: FakeUem): Rules => JSON.parse(uem.rules.get(iosApplication)!) as Rules;
const change = (uem: FakeUem, how: (rules: Rules) => void): void => {
  const rules = parse(uem.rules.get(iosApplication)!) as Rules;
  how(rules);
  uem.rules.set(iosApplication, stringify(rules)!);
};
const tokenRows = (rules: Rules) =>
  rules.assignments.flatMap((rule) => rule.application_configuration.filter(({ key }) => key === 'PINGID_MDM_TOKEN'));

describe.each(['oauth', 'basic'] as const)('Workspace ONE with %s', (kind) => {
  deliveryTargetConformance(async () => {
    const { uem, target, pass, close } = await startBench(kind);
    return {
      target,
      platform: 'ios',
      without: 'android',
      held: () => tokenRows(rulesOf(uem)).map(({ value }) => value),
      elsewhere: () =>
        JSON.parse(uem.rules.get(iosApplication)!, (name, value: unknown) =>
          name === 'id' || name === 'uuid' || value === before || value === after ? '' : value,
        ) as unknown,
      writes: () => uem.writes,
      changeElsewhere: () => change(uem, (rules) => (rules.assignments[2]!.distribution.description = 'others')),
      changeValue: (value) => change(uem, (rules) => tokenRows(rules).forEach((row) => (row.value = value))),
      loseNextWrite: (which) => (uem.loseNextWrite = which),
      revokeCredentials: () => (uem.areCredentialsTaken = false),
      throttleNext: () => void uem.next.push({ status: 429, headers: { 'retry-after': '7' } }),
      settle: () => {
        pass(120_000);
        uem.settle();
      },
      close,
    };
  });
});

describe('Workspace ONE', () => {
  let bench: Bench;
  let uem: FakeUem;
  let target: DeliveryTarget;
  beforeEach(async () => {
    bench = await startBench();
    ({ uem, target } = bench);
  });
  afterEach(() => bench.close());

  it('is sent the whole rule set as it came but for the value: order, numbers, text booleans and dates without zone', async () => {
    await target.apply(delivery, soon());
    expect(uem.bodies).toEqual([compact(exampleRules).replaceAll(before, after)]);
    expect(uem.bodies[0]).toContain('"big":9223372036854775807,"zeros":1.50');
  });

  it('has taken a write when it says so, and stored it when it shows it', async () => {
    const outcome = await target.apply(delivery, soon());
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    bench.pass(119_000);
    expect(await target.verify(delivery, outcome.receipt, soon())).toEqual({ kind: 'not-yet' });
    uem.settle();
    expect(await target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'stored' });
  });

  it('counts redeemed licences by itself, which is no conflict', async () => {
    const outcome = await target.apply(delivery, soon());
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    uem.settle();
    uem.rules.set(iosApplication, uem.rules.get(iosApplication)!.replaceAll('"redeemed":3', '"redeemed":4'));
    expect(await target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'stored' });
  });

  it.each(['{DeviceUid}', 'with-{braces}', 'short', 'with blank in it'])('is never sent %p', async (value) => {
    const refusal = expect.objectContaining({ kind: 'refused', reason: 'value-not-allowed' });
    expect(await target.apply({ ...delivery, value }, soon())).toEqual(refusal);
    expect(await target.plan({ ...delivery, value }, soon())).toEqual(refusal);
    expect(uem.writes).toBe(0);
  });

  it('gets a new token when the one that was kept is not taken, for a write too', async () => {
    await target.read('ios', soon());
    uem.expireTokens();
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'accepted' });
    expect(uem.logins).toBe(2);
  });

  it('is logged in to once for calls at the same time, and again before the hour is over', async () => {
    await Promise.all([target.read('ios', soon()), target.read('ios', soon())]);
    bench.pass(3_539_000);
    await target.read('ios', soon());
    expect(uem.logins).toBe(1);
    bench.pass(2_000);
    await target.read('ios', soon());
    expect(uem.logins).toBe(2);
  });

  it.each([
    [403, { kind: 'refused', reason: 'permission-missing' }],
    [404, { kind: 'refused', reason: 'slot-not-found' }],
    [409, { kind: 'refused', reason: 'vendor-refused' }],
    [422, { kind: 'refused', reason: 'vendor-refused' }],
    [302, { kind: 'refused', reason: 'vendor-refused' }],
    [429, { kind: 'try-later', retryAfterMs: 9_000 }],
    [503, { kind: 'try-later', retryAfterMs: 9_000 }],
    [500, { kind: 'unknown' }],
  ])('that answers a write with %d leads to %j, and its body to nothing', async (status, expected) => {
    const headers = { 'retry-after': '9', location: 'https://elsewhere.example' };
    const activityId = '5e1d3d4c-0d51-44ab-a05f-7d8d6cbb3c7e';
    const body = JSON.stringify({ errorCode: 1, message: `no ${after}`, activityId });
    uem.next.push({ status: 200, body: exampleRules }, { status, headers, body });
    const outcome = await target.apply(delivery, soon());
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain(after);
    expect(JSON.stringify(outcome)).toContain(`status ${status} (activity ${activityId})`);
  });

  it('that answers a write with 503 and no time may have carried it out', async () => {
    uem.next.push({ status: 200, body: exampleRules }, { status: 503 });
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'unknown' });
  });

  it('that answers with a page of some proxy, or with the other version, is not readable', async () => {
    for (const body of ['<html>welcome</html>', '{"Assignments":[]}', '{"assignments":[],"assignments":[1]}']) {
      uem.next.push({ status: 200, body });
      expect(await target.read('ios', soon())).toMatchObject({ kind: 'refused', reason: 'unreadable' });
    }
  });

  const findings = async (how: (rules: Rules) => void) => {
    change(uem, how);
    return (await target.check('ios', soon())).map(({ severity, what }) => `${severity} ${what}`);
  };

  it('is checked for rules without the key', async () => {
    expect(await target.check('ios', soon())).toEqual([
      { severity: 'warning', what: 'rule-without-key', detail: expect.stringMatching(/^rule 3 \(Guests\): /) as unknown },
    ]);
  });

  it.each(['PINGID_MDM_TOKEN ', 'PingID_MDM_Token', 'PINGID-MDM-TOKEN', 'PINGID_MDM_TOKN', 'PINGlD_MDM_TOKEN'])(
    'is checked for keys that are almost the key: %p',
    async (key) => {
      expect(await findings((rules) => (rules.assignments[2]!.application_configuration[0]!.key = key))).toEqual([
        'warning near-miss-key',
        'warning rule-without-key',
      ]);
      expect(await findings((rules) => tokenRows(rules).forEach((row) => (row.key = key)))).toContain('error near-miss-key');
      expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason: 'near-miss-key' });
    },
  );

  it('without the key in any rule is refused', async () => {
    expect(await findings((rules) => tokenRows(rules).forEach((row) => (row.key = 'other')))).toContain('error key-missing');
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason: 'key-missing' });
  });

  it('with the key as another type than text is refused', async () => {
    expect(await findings((rules) => Object.assign(tokenRows(rules)[1]!, { type: 'INTEGER' }))).toContain('error unreadable');
    expect(await target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason: 'unreadable' });
  });

  it.each([false, 'false', 'False'])('is checked for apps that are not managed: %p', async (off) => {
    const found = await findings((rules) => Object.assign(rules.assignments[0]!, { restriction: { make_app_mdm_managed: off } }));
    expect(found).toContain('warning not-managed');
  });

  it('is checked for being the application of the app', async () => {
    uem.bundles.clear();
    expect(await target.check('ios', soon())).toContainEqual(
      expect.objectContaining({ severity: 'error', what: 'app-not-found' }),
    );
    uem.bundles.set('com.pingidentity.pingid.prod', '00000000-0000-4000-8000-000000000000');
    expect(await target.check('ios', soon())).toContainEqual(
      expect.objectContaining({ severity: 'error', what: 'app-not-found' }),
    );
  });

  const coverage = () => target.coverage(delivery, { at: 0, rest: '', before: [] } as never, soon());

  it('tells on how many of its devices the app is, and never that the value arrived', async () => {
    uem.devices.assigned = { DeviceId: [1, 2, 3, 4] };
    uem.devices.installed = [2, 3, 9];
    const { asOf, ...counts } = (await coverage()) as { asOf: number };
    expect(counts).toEqual({ kind: 'known', signal: 'proxy', of: 5, pending: 2 });
    expect(asOf).toBe(1_900_000_000_000);
  });

  it.each([{ DeviceId: [1], Other: [2] }, { Devices: [{ Id: 1 }] }, {}])(
    'whose devices come as %j tells nothing',
    async (devices) => {
      uem.devices.installed = devices;
      expect(await coverage()).toMatchObject({ kind: 'unknown' });
    },
  );
});
