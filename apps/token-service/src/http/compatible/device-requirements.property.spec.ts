import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import {
  defaultRingSettings,
  nextRing,
  type Ring,
  type RingContext,
  type SiblingRules,
  type Token,
  type TokenId,
} from '@tallystick/tokens-domain';
import { exampleToken } from '@tallystick/tokens-testing';
import fc from 'fast-check';
import { deviceRequirements, deviceRequirementsChange } from './device-requirements.documents.ts';
import { deviceRequirementsOf, planOf } from './device-requirements.mapping.ts';

const now = instant(1_800_000_000_000);
const moment = fc.integer({ min: now - 10 ** 11, max: now + 10 ** 11 }).map(instant);
const version = fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const minimum = fc
  .record({ ios: version, android: version }, { requiredKeys: [] })
  .filter((rule) => Object.keys(rule).length > 0);
const names = fc.array(fc.constantFrom('Apple', 'Samsung', 'Pixel 9', 'Nokia'), { maxLength: 3 });
const rules: fc.Arbitrary<SiblingRules> = fc.record(
  {
    deviceLock: fc.constant(true as const),
    notRootedOrJailbroken: fc.constant(true as const),
    biometrics: fc.constant(true as const),
    minimumOsVersion: minimum,
    minimumAppVersion: minimum,
    brands: fc.record({ brandsAllowed: names, brandsDisallowed: names, modelsAllowed: names, modelsDisallowed: names }),
  },
  { requiredKeys: [] },
);
const state: fc.Arbitrary<Token['state']> = fc.oneof(
  fc.constant({ kind: 'active' as const }),
  moment.map((at) => ({ kind: 'retiring' as const, at, by: 'x' })),
  moment.map((at) => ({ kind: 'revoked' as const, at, by: 'x', reason: 'y' })),
);
const alphabet = [...'abcdefghijklmnopqrstuvwxyz234567'];
const tokenId = fc
  .array(fc.constantFrom(...alphabet), { minLength: 16, maxLength: 16 })
  .map((letters) => `tok_${letters.join('')}` as TokenId);
const tokens = fc
  .uniqueArray(
    fc.record({
      id: tokenId,
      state,
      label: fc.string(),
      dates: fc.record({ notBefore: moment, expiresAt: moment }, { requiredKeys: [] }),
    }),
    {
      selector: ({ id }) => id,
      maxLength: 5,
    },
  )
  .map((drawn) =>
    drawn.map(({ id, state: its, label, dates }, number): Token => ({ ...exampleToken(number, its), ...dates, id, label })),
  );

const ring: fc.Arbitrary<Ring> = fc
  .record({
    version: fc.integer({ min: 1, max: 9 }),
    requirement: fc.record({ mode: fc.constantFrom('off', 'observe', 'enforce'), effectiveAt: moment }),
    siblings: fc.record({ mode: fc.constantFrom('observe', 'enforce'), rules, revision: fc.nat(9) }),
    tokens,
  })
  .map((drawn): Ring => ({
    environment: environmentId('acme'),
    isDefined: true,
    settings: defaultRingSettings,
    proposals: [],
    ...drawn,
  }))
  // M23: what is on has a token
  .filter((made) => made.requirement.mode === 'off' || made.tokens.some((token) => token.state.kind !== 'revoked'));

const context: RingContext = {
  environment: environmentId('acme'),
  now,
  actor: 'admin',
  mayForce: false,
  fresh: [],
  proposal: 'prp_x' as RingContext['proposal'],
  adoption: { kind: 'unknown', why: 'no-sightings' },
};

describe('the compatible object', () => {
  it('loses nothing when what was read is sent back as it is, masked', () => {
    fc.assert(
      fc.property(ring, (before) => {
        const read = JSON.parse(JSON.stringify(deviceRequirementsOf(before, new Map()))) as unknown;
        expect(deviceRequirements.safeParse(read).success).toBe(true);
        const { command, ownValues } = planOf(deviceRequirementsChange.parse(read), before, () => undefined, 'a test', undefined);
        expect(ownValues).toEqual([]);
        expect(nextRing(before, command, context)).toEqual({ kind: 'unchanged', ring: before });
      }),
    );
  });

  it('loses nothing when the values themselves are sent back', () => {
    fc.assert(
      fc.property(ring, (before) => {
        const values = new Map(before.tokens.map(({ id }) => [id, `value-of-${id}`]));
        const read = JSON.parse(JSON.stringify(deviceRequirementsOf(before, values))) as unknown;
        const find = (value: string) => before.tokens.find(({ id }) => values.get(id) === value);
        const { command } = planOf(deviceRequirementsChange.parse(read), before, find, 'a test', undefined);
        expect(nextRing(before, command, context)).toEqual({ kind: 'unchanged', ring: before });
      }),
    );
  });
});
