import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { type DeliveryReceipt, pingIdApp } from '@tallystick/tokens-domain';
import { createGuidedTarget, guidedSettings } from './guided-target.ts';
import { guidedProducts } from './products.ts';

const deadline = AbortSignal.timeout(60_000);
const delivery = { platform: 'ios', value: 'tsk_0123456789abcdef', name: 'rotation-1/slot/1' } as const;
const receipt: DeliveryReceipt = { at: instant(0), rest: 'r', before: [] };
const make = (settings: object) => createGuidedTarget(guidedSettings.parse(settings), { app: pingIdApp });

describe('a guided target', () => {
  it.each(guidedProducts)('of %s awaits a person, and never says that something is stored or delivered', async (product) => {
    const target = make({ product });
    const platforms = product === 'jamf' ? ['ios'] : ['ios', 'android'];
    expect(target.describe()).toMatchObject({ vendor: product, platforms, by: 'person', writes: 'nothing', signal: 'none' });
    expect(await target.apply(delivery, deadline)).toEqual({ kind: 'awaiting-person' });
    const unreadable = { kind: 'refused', reason: 'unreadable' };
    expect(await target.read('ios', deadline)).toMatchObject(unreadable);
    expect(await target.plan(delivery, deadline)).toMatchObject(unreadable);
    expect(await target.verify(delivery, receipt, deadline)).toMatchObject(unreadable);
    expect(await target.coverage(delivery, receipt, deadline)).toMatchObject({ kind: 'unknown' });
    expect(await target.check('ios', deadline)).toMatchObject([{ severity: 'warning', what: 'other-keys' }]);
  });

  it.each([
    { product: 'jamf', platforms: ['ios', 'android'] },
    { product: 'generic', platforms: ['ios'] },
  ])('refuses a platform that it has no slot for: %j', async (settings) => {
    const target = make(settings);
    const noSlot = { kind: 'refused', reason: 'slot-not-found' };
    const onAndroid = { ...delivery, platform: 'android' } as const;
    expect(await target.apply(onAndroid, deadline)).toMatchObject(noSlot);
    expect(await target.read('android', deadline)).toMatchObject(noSlot);
    expect(await target.plan(onAndroid, deadline)).toMatchObject(noSlot);
    expect(await target.verify(onAndroid, receipt, deadline)).toMatchObject(noSlot);
    expect(await target.check('android', deadline)).toMatchObject([{ severity: 'error', what: 'slot-not-found' }]);
  });

  it.each(['{{deviceid}}', '${x}-0123456789', '%username%', 'short', 'x'.repeat(129)])(
    'refuses a value that an MDM may change ("%s"), and does not say it',
    async (value) => {
      const outcome = await make({ product: 'maas360' }).apply({ ...delivery, value }, deadline);
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'value-not-allowed' });
      expect(JSON.stringify(outcome)).not.toContain(value);
    },
  );

  it.each([{}, { product: 'mobileiron' }, { product: 'jamf', platforms: [] }, { product: 'jamf', url: 'https://x' }])(
    'takes no settings like %j',
    (settings) => expect(guidedSettings.safeParse(settings).success).toBe(false),
  );
});
