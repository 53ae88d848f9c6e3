import { describe } from '@jest/globals';
import type { Platform } from '@tallystick/tokens-domain';
import { deliveredValues, deliveryTargetConformance } from '@tallystick/tokens-testing';
import { intuneBench, policiesFor, textOf } from './test-support/intune-bench.ts';

const { before } = deliveredValues;
const volatile = new Set(['version', 'lastModifiedDateTime']);

const bench = (platform: Platform, { isAlone = false } = {}) =>
  deliveryTargetConformance(async () => {
    const only = isAlone ? { iosPolicies: [policiesFor('ios')[0]!], androidPolicies: [], androidBeta: false } : {};
    const { intune, target, clock, valueOf, setValue, close } = await intuneBench(before, only);
    const policies = isAlone ? [policiesFor('ios')[0]!] : policiesFor(platform);
    // Everything that is held, decoded, with the values of the slot's key taken out.
    const elsewhere = (): unknown =>
      policies.map((id) => {
        const held = Object.entries(intune.policies.get(id)!).filter(([member]) => !volatile.has(member));
        const decoded = held.map(([member, it]) => [member, /Xml|Json/.test(member) && it ? textOf(it) : it] as const);
        return JSON.stringify(decoded).replaceAll(valueOf(id)!, '(the value)');
      });
    return {
      ...{ target, platform, ...(isAlone && { without: 'android' as const }), elsewhere, close },
      held: () => policies.map(valueOf),
      writes: () => intune.writes,
      changeElsewhere: () => intune.change(policies[0]!, { displayName: 'renamed by somebody' }),
      changeValue: (value) => setValue(policies[0]!, value),
      loseNextWrite: (which) => void (intune.lost = which),
      revokeCredentials: () => {
        intune.clientIsKnown = false;
        intune.accessTokens = new Set();
      },
      throttleNext: () => void (intune.isThrottled = true),
      settle: () => void (clock.ms += 600_000),
    };
  });

describe('Intune, one iOS policy', () => bench('ios', { isAlone: true }));
describe('Intune, iOS policies as a list and as XML', () => bench('ios'));
describe('Intune, Android policies of two profiles', () => bench('android'));
