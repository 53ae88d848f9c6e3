import { describe } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { deliveredValues, deliveryTargetConformance } from './delivery-target.conformance.ts';
import { InMemoryMdm } from './in-memory-delivery-target.ts';

describe.each([
  ['that stores at once', 0],
  ['that stores later', 60_000],
])('a target in memory %s', (_, settlesWithinMs) => {
  deliveryTargetConformance(() => {
    const mdm = new InMemoryMdm(deliveredValues.before, { settlesWithinMs });
    let now = 1_700_000_000_000;
    const each = (change: (value: string) => string) => {
      for (const id of mdm.configurations.keys())
        mdm.change(id, (one) => ({ ...one, keys: { ...one.keys, PINGID_MDM_TOKEN: change(one.keys['PINGID_MDM_TOKEN']!) } }));
    };
    return {
      target: mdm.target(() => instant(now)),
      platform: 'ios',
      without: 'android',
      held: () => [...mdm.configurations.values()].map(({ keys }) => keys['PINGID_MDM_TOKEN']),
      elsewhere: () =>
        [...mdm.configurations].map(([id, { keys, assignedTo }]) => [id, { ...keys, PINGID_MDM_TOKEN: '' }, assignedTo]),
      writes: () => mdm.writes,
      changeElsewhere: () => mdm.change('tablets', (one) => ({ ...one, assignedTo: ['somebody'] })),
      changeValue: (value) => each(() => value),
      loseNextWrite: (which) => void mdm.next.push({ call: 'save', as: which === 'answer' ? 'lost-answer' : 'lost-request' }),
      revokeCredentials: () => void (mdm.isAuthorised = false),
      throttleNext: () => void mdm.next.push({ call: 'any', as: 'throttled' }),
      settle: () => {
        now += 120_000;
        mdm.settle();
      },
      close: () => undefined,
    };
  });
});
