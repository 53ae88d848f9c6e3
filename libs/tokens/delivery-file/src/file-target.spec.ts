import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { type DeliveryReceipt, pingIdApp } from '@tallystick/tokens-domain';
import { createFileTarget, fileSettings } from './file-target.ts';

const deadline = AbortSignal.timeout(60_000);
const delivery = { platform: 'ios', value: 'tsk_0123456789abcdef', name: 'rotation-1/slot/1' } as const;
const receipt: DeliveryReceipt = { at: instant(0), rest: 'r', before: [] };
const target = createFileTarget(fileSettings.parse({}), { app: pingIdApp });

describe('a target that takes files', () => {
  it('awaits a person, who does all of it', async () => {
    expect(target.describe()).toEqual({
      ...{
        vendor: 'file',
        platforms: ['ios', 'android'],
        by: 'person',
        writes: 'nothing',
        signal: 'none',
        isAsynchronous: false,
      },
    });
    expect(await target.apply(delivery, deadline)).toEqual({ kind: 'awaiting-person' });
    expect(await target.apply(delivery, deadline, 'a-plan')).toEqual({ kind: 'awaiting-person' });
  });

  it('never says that something is stored or delivered: it can not look', async () => {
    const unreadable = { kind: 'refused', reason: 'unreadable' };
    expect(await target.read('ios', deadline)).toMatchObject(unreadable);
    expect(await target.plan(delivery, deadline)).toMatchObject(unreadable);
    expect(await target.verify(delivery, receipt, deadline)).toMatchObject(unreadable);
    expect(await target.coverage(delivery, receipt, deadline)).toMatchObject({ kind: 'unknown' });
  });

  it('warns before that importing replaces the other keys', async () => {
    expect(await target.check('ios', deadline)).toMatchObject([{ severity: 'warning', what: 'other-keys' }]);
  });

  it('refuses a platform that it has no slot for', async () => {
    const iosOnly = createFileTarget(fileSettings.parse({ platforms: ['ios'] }), { app: pingIdApp });
    const noSlot = { kind: 'refused', reason: 'slot-not-found' };
    const onAndroid = { ...delivery, platform: 'android' } as const;
    expect(await iosOnly.apply(onAndroid, deadline)).toMatchObject(noSlot);
    expect(await iosOnly.read('android', deadline)).toMatchObject(noSlot);
    expect(await iosOnly.plan(onAndroid, deadline)).toMatchObject(noSlot);
    expect(await iosOnly.verify(onAndroid, receipt, deadline)).toMatchObject(noSlot);
    expect(await iosOnly.check('android', deadline)).toMatchObject([{ severity: 'error', what: 'slot-not-found' }]);
    expect(await iosOnly.apply(delivery, deadline)).toEqual({ kind: 'awaiting-person' });
  });

  it.each(['{{deviceid}}', 'a & b is long', '$SERIALNUMBER', 'short', 'x'.repeat(129), ' tsk_0123456789'])(
    'refuses a value that an MDM may change ("%s"), and does not say it',
    async (value) => {
      const outcome = await target.apply({ ...delivery, value }, deadline);
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'value-not-allowed' });
      expect(JSON.stringify(outcome)).not.toContain(value);
    },
  );

  it.each([{ platforms: [] }, { platforms: ['ios', 'ios'] }, { platforms: ['windows'] }, { path: '/tmp' }])(
    'takes no settings like %j',
    (settings) => expect(fileSettings.safeParse(settings).success).toBe(false),
  );
});
