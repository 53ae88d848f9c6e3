import { afterEach, describe, expect, it } from '@jest/globals';
import { type Delivery, pingIdApp } from '@tallystick/tokens-domain';
import { type BenchOptions, type DeliveryBench, deliveryBench } from './test-support/delivery-bench.ts';
import { fakeNanomdm } from './test-support/fake-nanomdm.ts';
import type { ApiAnswer } from './test-support/mdm-under-test.ts';

const [before, value] = ['tsk1-old-7d3f0c2a9b8e4f61a0c5', 'tsk1-new-b41e6d90f2a34c7788d1'];
const delivery: Delivery = { platform: 'ios', value, name: 'rotation-1/slot/1' };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const json = (status: number, body: object): ApiAnswer => ({ status, text: JSON.stringify(body) });

let bench: DeliveryBench;
const start = async (options: Partial<BenchOptions> = {}): Promise<DeliveryBench> =>
  (bench = await deliveryBench({ make: fakeNanomdm, value: before, devices: 1, ...options }));
afterEach(() => bench.close());

describe('an enqueue', () => {
  it.each<[string, ApiAnswer, object]>([
    [
      'for which something in front has no permission',
      { status: 403, text: '' },
      { kind: 'refused', reason: 'permission-missing' },
    ],
    ['where there is no API', { status: 404, text: '404' }, { kind: 'refused', reason: 'slot-not-found' }],
    [
      'that is sent elsewhere',
      { status: 302, text: '', headers: { location: 'https://x.example' } },
      { kind: 'refused', reason: 'vendor-refused' },
    ],
    ['that is no good', { status: 400, text: value }, { kind: 'refused', reason: 'vendor-refused' }],
    [
      'that a server has no time for',
      { status: 503, text: '', headers: { 'retry-after': '9' } },
      { kind: 'try-later', retryAfterMs: 9_000 },
    ],
    ['that a gateway lost', { status: 502, text: '<html>' }, { kind: 'unknown' }],
    ['answered with nothing that NanoMDM says', { status: 200, text: 'welcome' }, { kind: 'unknown' }],
    ['answered for another command', json(200, { command_uuid: 'another' }), { kind: 'unknown' }],
    ['that the store did not take', json(500, { command_uuid: 'x', command_error: `no: ${value}` }), { kind: 'try-later' }],
    [
      'that the store did not take for the device',
      json(500, { command_uuid: 'x', status: { D: { command_error: 'no' } } }),
      { kind: 'try-later' },
    ],
    [
      'of what MySQL has already',
      json(500, { command_error: "Error 1062: Duplicate entry 'x'" }),
      { kind: 'stored', isNew: false },
    ],
    [
      'of what PostgreSQL has already',
      json(500, { command_error: 'duplicate key value violates' }),
      { kind: 'stored', isNew: false },
    ],
  ])('%s', async (_, answer, expected) => {
    await start();
    bench.front.next = [answer];
    const outcome = await bench.target.apply(delivery, soon());
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain(value);
  });

  it.each(['a b c d e f', '{{deviceid}}', 'short', '$UDID-0000', 'x'.repeat(129)])(
    'of a value like %s is not made',
    async (odd) => {
      await start();
      expect(await bench.target.apply({ ...delivery, value: odd }, soon())).toMatchObject({
        kind: 'refused',
        reason: 'value-not-allowed',
      });
      expect(bench.front.calls).toBe(0);
    },
  );

  it('is not made while the other keys list the key itself', async () => {
    await start({ settings: { otherKeys: { PingID_MDM_Token: 'x' } } });
    expect(await bench.target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason: 'near-miss-key' });
    expect(await bench.target.check('ios', soon())).toContainEqual(
      expect.objectContaining({ severity: 'error', what: 'near-miss-key' }),
    );
    expect(bench.front.calls).toBe(0);
  });

  it('asks for a push, unless the document says otherwise', async () => {
    await start();
    await bench.target.apply(delivery, soon());
    expect(bench.front.paths[0]).not.toContain('?');
    await bench.close();
    await start({ settings: { push: false } });
    expect(await bench.target.apply(delivery, soon())).toMatchObject({ kind: 'stored', isNew: true });
    expect(bench.front.paths).toEqual([expect.stringMatching(/[?]nopush=1$/)]);
    await bench.connectAll();
    expect(bench.held()).toEqual([value]);
  });
});

describe('a delivery to many', () => {
  const enrolmentIds = Array.from({ length: 250 }, (_, at) => `D-${at}`);

  it('that stopped half-way goes on with what is missing', async () => {
    await start({ settings: { enrolmentIds } });
    bench.front.next = [...Array<'fine'>(130).fill('fine'), 'lost-request'];
    const stopped = await bench.target.apply(delivery, soon());
    expect(stopped).toMatchObject({ kind: 'unknown' });
    if (!('receipt' in stopped)) throw new Error(stopped.kind);
    expect(await bench.target.verify(delivery, stopped.receipt, soon())).toEqual({ kind: 'not-yet' });
    const [taken, calls] = [bench.front.taken, bench.front.calls];
    expect(taken).toBeGreaterThanOrEqual(130);
    expect(await bench.target.apply(delivery, soon())).toMatchObject({ kind: 'stored', isNew: true });
    expect(bench.front.taken).toBe(250);
    expect(bench.front.calls - calls).toBe(250 - taken);
    expect(await bench.target.coverage(delivery, stopped.receipt, soon())).toMatchObject({ of: 250, delivered: 0, pending: 250 });
  });

  it('stops at a server that takes no key, instead of asking for each device', async () => {
    await start({ settings: { enrolmentIds } });
    bench.front.isAuthorised = false;
    expect(await bench.target.apply(delivery, soon())).toMatchObject({ kind: 'refused', reason: 'not-authorised' });
    expect(bench.front.calls).toBeLessThanOrEqual(8);
  });
});

describe('the journal', () => {
  it('that is away keeps a delivery from beginning, and says nothing false of it', async () => {
    await start();
    const outcome = await bench.target.apply(delivery, soon());
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    bench.setJournalAway(true);
    expect(await bench.target.apply({ ...delivery, name: 'rotation-2/slot/1' }, soon())).toMatchObject({ kind: 'try-later' });
    expect(await bench.target.plan(delivery, soon())).toMatchObject({ kind: 'try-later' });
    expect(await bench.target.verify(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'try-later' });
    expect(await bench.target.coverage(delivery, outcome.receipt, soon())).toMatchObject({ kind: 'unknown' });
    expect(bench.front.taken).toBe(1);
    bench.setJournalAway(false);
  });
});

it('warns that keys which nobody listed are lost', async () => {
  await start();
  const findings = await bench.target.check('ios', soon());
  expect(findings).toEqual([expect.objectContaining({ severity: 'warning', what: 'other-keys' })]);
  expect(findings[0]?.detail).toContain(pingIdApp.key);
});
